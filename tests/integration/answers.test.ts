// Every read command with --json over a real sshd: one JSON value of the form that is shipped, and nothing else.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { prepareWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { runCommand } from "../model/command.ts";
import { commit, createWorld, git, placesOf, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  git(world.repo, "branch", "work");
  commit(world.repo, { "on-main.txt": "1\n" });
  await prepareWorkspace(world.ctx, "work");
});
afterEach(() => {
  spawnSync("tmux", ["-S", join(placesOf(world.guestHome), "tmux"), "kill-server"]);
  world.remove();
});

const inGuest = () => world.at("shop-work");

/** The answer of a command, held to its form by runCommand. */
async function asked(...argv: string[]) {
  const before = world.said.length;
  const { exit, text } = await runCommand(world.ctx, [...argv, "--json"]);
  expect({ exit, text }).toMatchObject({ exit: expect.any(Number), text: [] });
  const values = world.said.slice(before).filter((line) => line.startsWith("{"));
  expect(values).toHaveLength(1);
  return JSON.parse(values[0] ?? "");
}

test("what a workspace has: diff and log, with names that need care", async () => {
  const at = inGuest();
  const odd = 'li\nne "ü" \\ \u001b[2J.txt';
  const inside = commit(at, { "src/a.txt": "1\n2\n", [odd]: "x\n" }, "first \u001b[2J");
  git(at, "mv", "README.md", "READ ME.md");
  write(at, "binary.dat", "a\0b");
  rmSync(join(at, "src/a.txt"));
  const log = await asked("log", "work");
  expect(log).toMatchObject({
    branch: "work",
    workspace: "shop-work",
    tip: inside,
    stashes: 0,
    untracked: 1,
  });
  expect(log.commits).toEqual([
    { commit: inside, author: "A", date: expect.stringMatching(/^\d{4}-.*T/), subject: "first \u001b[2J" },
  ]);
  const diff = await asked("diff", "work");
  const byPath = Object.fromEntries(diff.files.map((one: { path: string }) => [one.path, one]));
  expect(byPath[odd]).toEqual({ path: odd, change: "added", added: 1, removed: 0 });
  expect(byPath["READ ME.md"]).toMatchObject({ change: "renamed", from: "README.md", added: 0 });
  expect(byPath["binary.dat"]).toEqual({ path: "binary.dat", change: "added", added: null, removed: null });
  expect(byPath["src/a.txt"]).toBeUndefined();
  expect(diff).toMatchObject({ committed: false, base: git(world.repo, "rev-parse", "work") });
  const committed = await asked("diff", "work", "--committed");
  expect(committed.files.map((one: { path: string }) => one.path).sort()).toEqual([odd, "src/a.txt"].sort());
  // Nothing that steers a terminal, whatever a name holds.
  expect(world.said.join("")).not.toContain("\u001b");
});

test("every other read command", async () => {
  commit(inGuest(), { "package.json": "{}\n" });
  const running = { ...world.ctx, afterDashes: ["true"] };
  expect((await runCommand(running, ["run", "work"])).exit).toBe(EXIT.done);
  expect((await asked("ps", "--all")).sessions).toHaveLength(1);
  expect((await asked("fetch", "work")).plan).toBe("advance");
  const scan = await asked("scan", "work");
  expect(scan.schema).toBe(1);
  for (const line of [
    "status",
    "doctor",
    "auth status",
    "profile show",
    "trash list",
    "config list",
    "ports",
    "forward list",
    "ssh-config",
  ])
    expect((await asked(...line.split(" "))).schema).toBe(1);
});
