// A save that was ended by Ctrl-C while the VM still reads the files: the next one has the place to itself.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { Interrupted } from "../../src/errors.ts";
import { createWorld, read, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await pushToWorkspace(world.ctx, "work");
});
afterEach(() => world.remove());

const signs = () => join(world.guestHome, "signs");
const sign = (name: string) => existsSync(join(signs(), name));

/** The first git that puts files into an index takes its time; the second one tells whether the first has ended. */
const SLOW_GIT = (git: string, at: string) => `#!/bin/sh
case " $* " in *" update-index "*)
  if mkdir '${at}/first' 2>/dev/null; then
    trap ': >"${at}/ended"' EXIT
    sleep 3
    '${git}' "$@"
    exit
  elif [ -e '${at}/ended' ]; then : >'${at}/in-turn'
  fi
esac
exec '${git}' "$@"
`;

async function slowGuest(): Promise<void> {
  const programs = join(world.guestHome, "programs");
  const path = process.env["PATH"] ?? "";
  const git =
    path
      .split(":")
      .map((one) => join(one, "git"))
      .find((one) => existsSync(one)) ?? "";
  for (const directory of [programs, signs()]) mkdirSync(directory);
  writeFileSync(join(programs, "git"), SLOW_GIT(git, signs()));
  chmodSync(join(programs, "git"), 0o755);
  const { configFile } = await world.ctx.target();
  const file = join(dirname(configFile), "sshd_config");
  const set = `SetEnv HOME=${world.guestHome}`;
  world.stopGuest();
  writeFileSync(file, readFileSync(file, "utf8").replace(set, `${set} PATH=${programs}:${path}`));
  await world.startGuest();
}

/** Ends a command in the middle of its save. */
async function cutOff(work: (ctx: World["ctx"]) => Promise<unknown>): Promise<void> {
  const abort = new AbortController();
  const first = work({ ...world.ctx, signal: abort.signal }).catch((error) => error);
  while (!sign("first")) await new Promise((resolve) => setTimeout(resolve, 20));
  abort.abort();
  expect(await first).toBeInstanceOf(Interrupted);
}

test("waits until what the first one began has ended, and is whole", async () => {
  await slowGuest();
  write(world.at("shop-work"), "mine.txt", "mine\n");
  await cutOff((ctx) => cleanBranch(ctx, "work", false));
  write(world.at("shop-work"), "late.txt", "late\n");

  await cleanBranch(world.ctx, "work", false);
  expect(sign("in-turn")).toBe(true);
  expect(readdirSync(join(world.guestHome, "workspace"))).toEqual([]);
  await restore(world.ctx, { branch: "work" });
  expect(["mine.txt", "late.txt"].map((name) => read(world.at("shop-work"), name))).toEqual([
    "mine\n",
    "late\n",
  ]);
});

test("of work in progress waits, too, where nobody looks who is at work", async () => {
  await slowGuest();
  write(world.at("shop-work"), "mine.txt", "mine\n");
  await cutOff((ctx) => fetchBranch(ctx, "work", { wip: true }));
  write(world.at("shop-work"), "late.txt", "late\n");
  world.said.length = 0;

  await fetchBranch(world.ctx, "work", { wip: true });
  expect(sign("in-turn")).toBe(true);
  const [, show] = /The files as they were: (.*)$/m.exec(world.said.join("\n")) ?? [];
  const listed = execFileSync("sh", ["-c", show?.replace(" show ", " ls-tree --name-only ") ?? "exit 1"]);
  expect(listed.toString().split("\n")).toEqual(expect.arrayContaining(["mine.txt", "late.txt"]));
});

test("that has lost its scratch already is waited for, and is nobody at work", async () => {
  mkdirSync(signs());
  write(world.at("shop-work"), "mine.txt", "mine\n");
  // As that command is by then: it holds the lock, from inside of the workspace, and ends soon.
  const wait = `: >"$1/held"; while [ ! -e "$1/asked" ]; do sleep 0.1; done; sleep 1`;
  const still = spawn("flock", [".git", "sh", "-c", wait, "sh", signs()], {
    ...{ cwd: world.at("shop-work"), detached: true, stdio: "ignore" },
  });
  try {
    while (!sign("held")) await new Promise((resolve) => setTimeout(resolve, 20));
    const run: World["ctx"]["run"] = (argv, options) => {
      if (`${argv.join(" ")} ${options?.input}`.includes("flock -w 60")) write(signs(), "asked", "");
      return world.ctx.run(argv, options);
    };
    await cleanBranch({ ...world.ctx, run }, "work", false);
    expect(sign("asked")).toBe(true);
    expect(readdirSync(join(world.guestHome, "workspace"))).toEqual([]);
  } finally {
    if (still.pid !== undefined && still.exitCode === null) process.kill(-still.pid, "SIGKILL");
  }
});
