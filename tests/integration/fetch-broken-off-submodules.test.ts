// A submodule's commits that broke off on their way go on where they were, home and into the workspace.
import { randomBytes } from "node:crypto";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { Interrupted } from "../../src/errors.ts";
import { brokenOff, counted, FIRST, MiB, onHost, partOf, pushed, SIZE } from "./broken-off.ts";
import { commit, createRepository, createWorld, git, type World } from "./guest.ts";

let world: World;
const LOCAL = ["-c", "protocol.file.allow=always"];
const inGuest = (...rest: string[]) => world.at("shop-work", ...rest);
const inHost = (...rest: string[]) => join(world.repo, ...rest);
const clone = () => inHost(".git/modules/lib");
const tip = (directory: string) => git(directory, "rev-parse", "HEAD");

beforeEach(async () => {
  world = await createWorld();
  createRepository(join(world.hostHome, "library"));
  git(world.repo, ...LOCAL, "submodule", "add", "-q", join(world.hostHome, "library"), "lib");
  git(world.repo, "commit", "-q", "-m", "lib");
  git(world.repo, "checkout", "-q", "-b", "work");
  await pushToWorkspace(world.ctx, "work");
});
afterEach(() => world.remove());

/** A commit of the submodule that has much, only in the history, and one that records it. */
function much(at: string): void {
  git(at, "config", "core.compression", "0");
  writeFileSync(join(at, "lib/big.bin"), randomBytes(SIZE));
  git(join(at, "lib"), "add", "-A");
  git(join(at, "lib"), "-c", "core.compression=0", "commit", "-q", "-m", "big");
  git(join(at, "lib"), "rm", "-q", "big.bin");
  git(join(at, "lib"), "commit", "-q", "-m", "no more");
  git(at, "commit", "-q", "-a", "-m", "much of the library");
}

const equal = () => {
  for (const path of [".", "lib"]) expect(tip(inHost(path))).toBe(tip(inGuest(path)));
  for (const at of [inHost(), inGuest()]) expect(git(at, "status", "--porcelain")).toBe("");
  for (const at of [inHost("lib"), inGuest("lib")]) {
    git(at, "fsck", "--full", "--strict");
    expect(git(at, "for-each-ref", "--format=%(refname)")).not.toMatch(/incoming|arriving/);
  }
  expect(onHost(world)).toEqual([]);
  expect(readdirSync(join(world.guestHome, "workspace"))).toEqual(["shop-work"]);
};

describe("a fetch that broke off in a submodule", () => {
  beforeEach(() => much(inGuest()));

  test("goes on with what is not here, and nothing moved meanwhile", async () => {
    const before = tip(world.repo);
    await brokenOff(world, "Ctrl-C");
    expect(tip(world.repo)).toBe(before);
    const got = statSync(partOf(world)).size;
    expect(got).toBeGreaterThan(FIRST - MiB);
    const { bytes, fetched } = await counted(world, undefined, clone());
    expect(bytes).toBeLessThan(SIZE - got + MiB);
    expect(fetched).toBe(0);
    equal();
  });

  test("goes on when the agent has worked on in the workspace itself, also with much", async () => {
    await brokenOff(world, "connection");
    const got = statSync(partOf(world)).size;
    git(inGuest(), "config", "core.compression", "0");
    writeFileSync(inGuest("other.bin"), randomBytes(SIZE));
    commit(inGuest(), { "other.bin.txt": "o\n" });
    git(inGuest(), "add", "-A");
    git(inGuest(), "commit", "-q", "-m", "other");
    const { bytes } = await counted(world, undefined, clone());
    expect(bytes).toBeLessThan(2 * SIZE - got + MiB);
    equal();
  });
});

test("a submodule without much needs no call of its own, and one that has little new none of its bytes", async () => {
  commit(inGuest("lib"), { "small.txt": "s\n" });
  git(inGuest(), "commit", "-q", "-a", "-m", "small");
  expect(await counted(world)).toMatchObject({ calls: 0, bytes: 0 });
  much(inGuest());
  await counted(world);
  commit(inGuest("lib"), { "small.txt": "t\n" });
  git(inGuest(), "commit", "-q", "-a", "-m", "small");
  expect(await counted(world)).toMatchObject({ calls: 1, bytes: 0 });
  equal();
});

describe("a push that broke off in a submodule", () => {
  const push = (ctx: World["ctx"]) => pushToWorkspace(ctx, "work");
  const there = () => inGuest(".git/modules/lib");
  beforeEach(() => much(inHost()));

  test("goes on with what the VM has not got, and git sends no more", async () => {
    const before = tip(inGuest());
    const loose = () => /^count: \d+$/m.exec(git(there(), "--work-tree=.", "count-objects", "-v"))?.[0];
    const had = loose();
    await pushed(world, push, FIRST);
    expect(tip(inGuest())).toBe(before);
    expect(await pushed(world, push)).toBeLessThan(SIZE - FIRST + MiB);
    // git's own push would have made a second pack, or loose objects.
    expect(loose()).toBe(had);
    equal();
  });

  test("goes on in a workspace that is new, and where it arrived nothing is sent again", async () => {
    git(world.repo, "checkout", "-q", "-b", "new");
    const made = (ctx: World["ctx"]) => pushToWorkspace(ctx, "new");
    await pushed(world, made, FIRST);
    const abort = new AbortController();
    const run: World["ctx"]["run"] = (argv, options) => {
      if (argv.some((word) => word.startsWith("--receive-pack=")) && argv.includes("push")) abort.abort();
      return world.ctx.run(argv, options);
    };
    await expect(made({ ...world.ctx, run, signal: abort.signal })).rejects.toThrow(Interrupted);
    expect(await pushed(world, made)).toBeLessThan(MiB);
    const at = world.at("shop-new");
    expect(tip(join(at, "lib"))).toBe(tip(inHost("lib")));
    expect(git(join(at, "lib"), "for-each-ref", "--format=%(refname)")).not.toContain("arriving");
    expect(git(at, "status", "--porcelain")).toBe("");
    expect(onHost(world)).toEqual([]);
  });
});
