// A look at the workspace that begins before git has spoken: it saves a round trip, and never decides by itself.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runScript } from "../../src/adapters/ssh.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { withWorkspaceLock } from "../../src/domain/workspace/registry.ts";
import { UserError } from "../../src/errors.ts";
import type { Run, RunResult } from "../../src/io/run.ts";
import { commit, createWorld, git, type World } from "./guest.ts";
import { eventually } from "./guest-sessions.ts";

let world: World;
let at: string;
/** Of each call of a script in the guest: whether it was the early one. */
let calls: ("early" | "usual")[];
let answer: ((result: RunResult) => RunResult) | undefined;

beforeEach(async () => {
  world = await createWorld();
  at = world.at((await prepareWorkspace(world.ctx, "work")).dir);
  git(world.repo, "checkout", "-q", "work");
  calls = [];
  answer = undefined;
  world.said.length = 0;
});
afterEach(() => world.remove());

const run: Run = async (argv, options) => {
  const result = await world.ctx.run(argv, options);
  if (argv[0] !== "ssh" || !argv.at(-1)?.startsWith("sh -s")) return result;
  const early = argv.at(-1)?.endsWith(" look") === true;
  calls.push(early ? "early" : "usual");
  return early && answer ? answer(result) : result;
};
const prepare = () => prepareWorkspace({ ...world.ctx, run }, "work");

describe("one call tells", () => {
  test("that host and workspace are equal", async () => {
    expect(await prepare()).toMatchObject({ dir: "shop-work", created: false, setupDue: false });
    expect(calls).toEqual(["early"]);
    expect(world.said).toEqual([]);
  });

  test("that the workspace is ahead, with commits that the host has not", async () => {
    commit(at, { "a.txt": "1" });
    commit(at, { "a.txt": "2" });
    await prepare();
    expect(calls).toEqual(["early"]);
    expect(world.said.join()).toContain("The workspace is ahead by 2 commits");
  });

  test("that the host is ahead, and in a directory below the repository", async () => {
    commit(world.repo, { "sub/a.txt": "1" });
    await prepareWorkspace({ ...world.ctx, run, cwd: join(world.repo, "sub") }, "work");
    expect(calls).toEqual(["early"]);
    expect(world.said.join()).toContain("The host is ahead of this workspace by 1 commit");
  });

  test("that a setup is due", async () => {
    writeFileSync(join(at, ".git/agent-vm.setup"), "");
    expect((await prepare()).setupDue).toBe(true);
    expect(calls).toEqual(["early"]);
  });

  test("a push that there is nothing to push", async () => {
    expect(await pushToWorkspace({ ...world.ctx, run }, "work")).toContain("at the host's commit already");
    expect(calls).toEqual(["early"]);
  });
});

describe("the usual way is gone as well", () => {
  test("when git says another commit than the file that was guessed from: packed references", async () => {
    git(world.repo, "pack-refs", "--all");
    await prepare();
    expect(calls).toEqual(["early"]);
    commit(at, { "a.txt": "1" });
    await prepare();
    expect(calls).toEqual(["early", "early", "usual"]);
    expect(world.said.join()).toContain("The workspace is ahead by 1 commit");
  });

  test("when git says another repository than the one that was remembered", async () => {
    git(world.repo, "config", "--unset", "agent-vm.id");
    const prepared = await prepare();
    expect(calls[0]).toBe("early");
    expect(prepared).toMatchObject({ created: true });
    expect(prepared.dir).not.toBe("shop-work");
  });

  test("when another command worked on the workspace meanwhile", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const other = withWorkspaceLock(world.ctx, "shop-work" as never, () => held);
    const heard = new Promise<void>((resolve) => {
      answer = (result) => {
        resolve();
        return result;
      };
    });
    const prepared = prepare();
    await heard;
    await eventually(() => world.said.join().includes("Waiting for another command"));
    commit(at, { "a.txt": "1" });
    release();
    await Promise.all([other, prepared]);
    expect(calls).toEqual(["early", "usual"]);
    expect(world.said.join()).toContain("The workspace is ahead by 1 commit");
  });

  test.each([
    ["nothing", ""],
    ["something else", "\u001b[31mpresent\0"],
    ["half an answer", "present\0"],
    ["that it is missing", "missing\0"],
    ["that it is somebody else's", `occupied\0${"f".repeat(32)}\0`],
  ])("when the VM says %s", async (_what, stdout) => {
    answer = (result) => ({ ...result, stdout });
    expect(await prepare()).toMatchObject({ dir: "shop-work", created: false });
    expect(calls).toEqual(["early", "usual"]);
    expect(existsSync(at)).toBe(true);
  });

  test("when the workspace is on its way out: that look leaves it there, the usual one brings it back", async () => {
    const leaving = world.at(".agent-vm.leaving.shop-work");
    renameSync(at, leaving);
    let stayed: boolean | undefined;
    answer = (result) => {
      stayed = existsSync(leaving);
      return result;
    };
    await prepare();
    expect(stayed).toBe(true);
    expect(calls).toEqual(["early", "usual"]);
    expect(existsSync(at)).toBe(true);
  });
});

test("without a shared connection it ends at once, and makes none", async () => {
  const { configFile, alias } = await world.ctx.target();
  const ask = (what: string) => spawnSync("ssh", ["-F", configFile, "-O", what, "--", alias]).status;
  expect(ask("check")).toBe(0);
  ask("exit");
  const target = await world.ctx.target();
  const shared = runScript(world.ctx.run, target, { text: "echo here" }, { sharedConnection: true });
  await expect(shared).rejects.toBeInstanceOf(UserError);
  expect(ask("check")).not.toBe(0);
  // Over one that lives it is an ordinary call.
  await runScript(world.ctx.run, target, { text: "true" });
  await runScript(world.ctx.run, target, { text: 'touch "$HOME/here"' }, { sharedConnection: true });
  expect(readFileSync(join(world.guestHome, "here"), "utf8")).toBe("");
});
