// Large repositories: what broke off goes on where it was, and many files take no more memory than few.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { Interrupted } from "../../src/errors.ts";
import { commit, createWorld, git, read, type World } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

const MiB = 1024 * 1024;
/** Just worth keeping. */
const SIZE = 17 * MiB;
const HALF = ".agent-vm.half.shop-work";

const halves = () => {
  const at = world.at(HALF);
  return existsSync(at) ? readdirSync(at).map((name) => join(at, name)) : [];
};
const packsOnHost = () => readdirSync(join(world.ctx.paths.state, "tmp"));

/** A push; ended by Ctrl-C once the VM has got so many bytes of the pack. Gives the bytes that were handed to ssh. */
async function push({ until = Number.POSITIVE_INFINITY, work = toWorkspace } = {}): Promise<number> {
  let sent = 0;
  const abort = new AbortController();
  const got = () => halves().reduce((sum, path) => sum + statSync(path).size, 0);
  const run: typeof world.ctx.run = (argv, options) => {
    const onSent = (bytes: number) => {
      sent = bytes;
      if (got() >= until) abort.abort();
      options?.onSent?.(bytes);
    };
    return world.ctx.run(argv, options?.inputFile === undefined ? options : { ...options, onSent });
  };
  await work({ ...world.ctx, run, signal: abort.signal });
  return sent;
}
const NOBODY = "committer nobody <nobody@localhost> 1700000000 +0000\n";
const toWorkspace = (ctx: World["ctx"]): Promise<unknown> => pushToWorkspace(ctx, "work");

const whole = (branch = "main") => {
  expect(git(world.at("shop-work"), "status", "--porcelain")).toBe("");
  expect(git(world.at("shop-work"), "rev-parse", "HEAD")).toBe(git(world.repo, "rev-parse", branch));
  git(world.at("shop-work"), "fsck", "--full");
  expect(readdirSync(join(world.guestHome, "workspace"))).toEqual(["shop-work"]);
  expect(packsOnHost()).toEqual([]);
};

describe("a first push that broke off", () => {
  beforeEach(async () => {
    git(world.repo, "config", "core.compression", "0");
    writeFileSync(join(world.repo, "big.bin"), randomBytes(SIZE));
    commit(world.repo, {});
    // What nobody checks out git itself does not look at.
    git(world.repo, "rm", "-q", "big.bin");
    commit(world.repo, {});
    await expect(push({ until: 4 * MiB })).rejects.toThrow(Interrupted);
    expect(existsSync(world.at("shop-work"))).toBe(false);
    expect(world.said.join("\n")).toContain("goes on from there");
    // What others left there a day ago goes with the next.
    mkdirSync(world.at(".agent-vm.half.other"));
    utimesSync(world.at(".agent-vm.half.other"), 1, 1);
  });

  test("goes on with what the VM has not got", async () => {
    const got = statSync(halves()[0] ?? "").size;
    expect(got).toBeGreaterThanOrEqual(4 * MiB);
    const all = statSync(join(world.ctx.paths.state, "tmp", packsOnHost()[0] ?? "", packOf())).size;
    expect(await push()).toBeLessThan(all - 3 * MiB);
    whole();
  });

  test("begins anew when the branch has moved, and leaves nothing of the first", async () => {
    commit(world.repo, { "small.txt": "s\n" });
    git(world.repo, "branch", "-f", "work", "main");
    expect(await push()).toBeGreaterThan(SIZE);
    expect(read(world.at("shop-work"), "small.txt")).toBe("s\n");
    expect(readdirSync(join(world.guestHome, "workspace"))).toEqual(["shop-work"]);
  });

  test("takes nothing that was changed meanwhile for what was sent", async () => {
    const [half = ""] = halves();
    const bytes = readFileSync(half);
    bytes[2 * MiB] = (bytes[2 * MiB] ?? 0) ^ 1;
    writeFileSync(half, bytes);
    await expect(push()).rejects.toThrow("nothing was changed by half");
    expect(halves()).toEqual([]);
    await push();
    whole();
  });

  test("asks for no more than is there when the VM has less than it says, or more", async () => {
    const [half = ""] = halves();
    writeFileSync(half, Buffer.alloc(2 * SIZE + MiB));
    await push();
    whole();
  });
});

describe("a later push that broke off", () => {
  const refs = () => git(world.at("shop-work"), "for-each-ref", "refs/agent-vm");

  beforeEach(async () => {
    git(world.repo, "config", "core.compression", "0");
    git(world.repo, "checkout", "-q", "-b", "work");
    await push();
    writeFileSync(join(world.repo, "big.bin"), randomBytes(SIZE));
    commit(world.repo, { "small.txt": "s\n", ".gitattributes": "" });
    git(world.repo, "add", "-A");
    git(world.repo, "commit", "-q", "-m", "big");
    await expect(push({ until: 4 * MiB })).rejects.toThrow(Interrupted);
    expect(world.said.join("\n")).toContain("goes on from there");
    expect(git(world.at("shop-work"), "rev-parse", "HEAD")).not.toBe(tip());
    expect(git(world.at("shop-work"), "status", "--porcelain")).toBe("");
  });
  const tip = () => git(world.repo, "rev-parse", "work");

  test("goes on with what the VM has not got, and git sends no more", async () => {
    expect(await push()).toBeLessThan(SIZE - 3 * MiB);
    expect(git(world.at("shop-work"), "rev-parse", "HEAD")).toBe(tip());
    expect(refs()).toBe("");
    // git's own push would have made a second pack, or loose objects.
    expect(git(world.at("shop-work"), "count-objects", "-v")).toMatch(/^count: 0$/m);
    whole("work");
  });

  test("is whole when the workspace moved meanwhile, and is then refused as ever", async () => {
    commit(world.at("shop-work"), { "mine.txt": "m\n" });
    await expect(push()).rejects.toThrow("commits of its own");
    git(world.at("shop-work"), "reset", "-q", "--hard", "HEAD~1");
    await push();
    whole("work");
  });

  test("that had arrived when the push itself ended needs nothing sent again", async () => {
    const abort = new AbortController();
    const run: typeof world.ctx.run = (argv, options) => {
      if (argv.includes("push") && argv.includes("--porcelain")) abort.abort();
      return world.ctx.run(argv, options);
    };
    const broken = pushToWorkspace({ ...world.ctx, run, signal: abort.signal }, "work");
    await expect(broken).rejects.toThrow(Interrupted);
    expect(refs()).toContain("arriving");
    expect(await push()).toBe(0);
    expect(refs()).toBe("");
    whole("work");
  });
});

test("a restore that broke off goes on with what the VM has not got, however many commits it names", async () => {
  await push();
  git(world.at("shop-work"), "config", "core.compression", "0");
  writeFileSync(world.at("shop-work", "big.bin"), randomBytes(SIZE));
  git(world.at("shop-work"), "add", "-A");
  git(world.at("shop-work"), "commit", "-q", "-m", "big");
  const tip = commit(world.at("shop-work"), { "small.txt": "s\n" });
  const branches = Array.from({ length: 600 }, (_, at) => `b${at}`);
  const input = branches.map(
    (name) => `commit refs/heads/${name}\n${NOBODY}data ${name.length}\n${name}\nfrom ${tip}\n\n`,
  );
  execFileSync("git", ["fast-import", "--quiet"], { cwd: world.at("shop-work"), input: input.join("") });
  await cleanBranch(world.ctx, "work", false);
  const work = (ctx: World["ctx"]) => restore(ctx, { branch: "work" });
  await expect(push({ until: 4 * MiB, work })).rejects.toThrow(Interrupted);
  expect(world.said.join("\n")).toContain("goes on from there");
  expect(existsSync(world.at("shop-work"))).toBe(false);

  expect(await push({ work })).toBeLessThan(SIZE - 3 * MiB);
  expect(git(world.at("shop-work"), "rev-parse", "HEAD")).toBe(tip);
  expect(git(world.at("shop-work"), "for-each-ref", "refs/agent-vm")).toBe("");
  const there = git(world.at("shop-work"), "for-each-ref", "--format=%(contents:subject)", "refs/heads/b*");
  expect(there.split("\n").sort()).toEqual(branches.sort());
  expect(git(world.at("shop-work"), "status", "--porcelain")).toBe("");
  git(world.at("shop-work"), "fsck", "--full");
  expect(readdirSync(join(world.guestHome, "workspace"))).toEqual(["shop-work"]);
  expect(packsOnHost()).toEqual([]);
});

test("a large file of a new workspace is older than the index, so that no look has to read it", async () => {
  writeFileSync(join(world.repo, "big.bin"), Buffer.alloc(33 * MiB));
  git(world.repo, "add", "-A");
  git(world.repo, "commit", "-q", "-m", "big");
  await push();
  const second = (...path: string[]) => Math.floor(statSync(world.at("shop-work", ...path)).mtimeMs / 1000);
  expect(second("big.bin")).toBeLessThan(second(".git", "index"));
});

const packOf = () =>
  readdirSync(join(world.ctx.paths.state, "tmp", packsOnHost()[0] ?? "")).find((name) =>
    name.endsWith(".pack"),
  ) ?? "";
