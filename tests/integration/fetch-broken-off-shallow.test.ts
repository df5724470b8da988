// Short histories: what broke off on its way from or to one goes on, and no side gets a history with a hole.
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { brokenOff, counted, FIRST, MiB, onHost, partOf, pushed, SIZE, type Work } from "./broken-off.ts";
import { commit, createWorld, git, read, type World } from "./guest.ts";

let world: World;
/** Its repository has the last two commits of four; the first one had a file that is gone since. */
let short: World;
const OLD = "an old file\n";
const inGuest = (...rest: string[]) => world.at("short-work", ...rest);
const push: Work = (ctx) => pushToWorkspace(ctx, "work");
const fetch: Work = (ctx) => fetchBranch(ctx, "work", { acceptRisk: true });

beforeEach(async () => {
  world = await createWorld();
  commit(world.repo, { "old.txt": OLD });
  git(world.repo, "rm", "-q", "old.txt");
  commit(world.repo, { "a.txt": "1\n" });
  commit(world.repo, { "a.txt": "2\n" });
  const repo = join(world.hostHome, "short");
  git(world.hostHome, "clone", "-q", "--depth=2", `file://${world.repo}`, repo);
  git(repo, "checkout", "-q", "-b", "work");
  short = { ...world, repo, ctx: { ...world.ctx, cwd: repo } };
  await pushToWorkspace(short.ctx, "work");
});
afterEach(() => world.remove());

const ends = (at: string) => readFileSync(join(at, ".git/shallow"), "utf8");
/** Much, only in the history, below the files of the last commit. */
function much(at: string, files: Record<string, string> = {}): void {
  git(at, "config", "core.compression", "0");
  writeFileSync(join(at, "big.bin"), randomBytes(SIZE));
  git(at, "add", "-A");
  git(at, "commit", "-q", "-m", "big");
  git(at, "rm", "-q", "big.bin");
  commit(at, files);
}

/** A commit that has one for its parent that lies behind the ends. */
function joinOld(at: string): void {
  const parents = ["-p", "HEAD", "-p", git(world.repo, "rev-parse", "main~3")];
  git(at, "reset", "-q", "--hard", git(at, "commit-tree", "-m", "joined", ...parents, "HEAD^{tree}"));
}

const equal = () => {
  for (const at of [short.repo, inGuest()]) {
    git(at, "fsck", "--full", "--strict");
    expect(git(at, "status", "--porcelain")).toBe("");
    expect(git(at, "for-each-ref", "--format=%(refname)")).not.toMatch(/incoming|arriving/);
  }
  expect(git(short.repo, "rev-parse", "work")).toBe(git(inGuest(), "rev-parse", "HEAD"));
  expect(onHost(short)).toEqual([]);
  expect(readdirSync(join(world.guestHome, "workspace"))).toEqual(["short-work"]);
};

describe("a fetch", () => {
  test("that broke off goes on with what is not here", async () => {
    const before = ends(short.repo);
    much(inGuest());
    await brokenOff(short, "Ctrl-C", fetch);
    const got = statSync(partOf(short)).size;
    const { bytes, fetched } = await counted(short, fetch);
    expect(bytes).toBeLessThan(SIZE - got + MiB);
    expect(fetched).toBe(0);
    expect(ends(short.repo)).toBe(before);
    equal();
  });

  test("brings what lies behind the host's ends when the workspace has it", async () => {
    git(inGuest(), "fetch", "-q", "--unshallow", world.repo, "main");
    much(inGuest(), { "old.txt": OLD });
    joinOld(inGuest());
    const { bytes, fetched } = await counted(short, fetch);
    expect(bytes).toBeGreaterThan(SIZE);
    expect(fetched).toBe(0);
    expect(read(short.repo, "old.txt")).toBe(OLD);
    equal();
  });

  test("of a workspace that ends elsewhere is git's own", async () => {
    const other = git(inGuest(), "rev-parse", "HEAD");
    much(inGuest());
    writeFileSync(inGuest(".git/shallow"), `${ends(inGuest())}${git(inGuest(), "rev-parse", "HEAD~1")}\n`);
    const failed = await counted(short, (ctx) => fetch(ctx).catch(() => undefined));
    expect(failed).toMatchObject({ calls: 1, bytes: 0 });
    expect(git(short.repo, "rev-parse", "work")).toBe(other);
  });
});

describe("a push", () => {
  test("that broke off goes on with what the VM has not got", async () => {
    much(short.repo);
    await pushed(short, push, FIRST);
    expect(await pushed(short, push)).toBeLessThan(SIZE - FIRST + MiB);
    equal();
  });

  test("of a host that has its whole history now leaves no hole in the workspace's short one", async () => {
    git(short.repo, "fetch", "-q", "--unshallow");
    much(short.repo, { "old.txt": OLD });
    joinOld(short.repo);
    expect(await pushed(short, push)).toBeGreaterThan(SIZE);
    expect(read(inGuest(), "old.txt")).toBe(OLD);
    equal();
  });

  test("of a host whose history ends later than before ends it there, too", async () => {
    git(world.repo, "checkout", "-q", "-b", "other", "main~3");
    much(world.repo, { "b.txt": "b\n" });
    git(short.repo, "fetch", "-q", "--depth=2", "origin", "+other:refs/remotes/origin/other");
    git(short.repo, "merge", "-q", "-s", "ours", "--allow-unrelated-histories", "-m", "both", "origin/other");
    await pushed(short, push, FIRST);
    expect(await pushed(short, push)).toBeLessThan(SIZE - FIRST + MiB);
    equal();
  });
});

test("a save and a restore that broke off go on", async () => {
  much(inGuest());
  const before = git(inGuest(), "rev-list", "HEAD");
  const clean: Work = (ctx) => cleanBranch(ctx, "work", false);
  await brokenOff(short, "Ctrl-C", clean);
  const got = statSync(partOf(short)).size;
  expect((await counted(short, clean)).bytes).toBeLessThan(SIZE - got + MiB);
  expect(readdirSync(join(world.guestHome, "workspace"))).toEqual([]);
  const back: Work = (ctx) => restore(ctx, { branch: "work" });
  await pushed(short, back, FIRST);
  expect(await pushed(short, back)).toBeLessThan(SIZE - FIRST + 2 * MiB);
  expect(git(inGuest(), "rev-list", "HEAD")).toBe(before);
  git(inGuest(), "fsck", "--full", "--strict");
  git(inGuest(), "cat-file", "-e", "HEAD~1:big.bin");
  expect(git(inGuest(), "for-each-ref", "--format=%(refname)")).not.toMatch(/arriving/);
});
