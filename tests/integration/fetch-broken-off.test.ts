// A fetch or a save of much that was ended in its middle goes on where it was; other bytes in its place come to nothing.
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { brokenOff, counted, FIRST, MiB, onHost, partOf, SIZE, type Work } from "./broken-off.ts";
import { commit, createWorld, git, type World } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  git(world.repo, "checkout", "-q", "-b", "work");
  await pushToWorkspace(world.ctx, "work");
  git(at(), "config", "core.compression", "0");
  addBig();
});
afterEach(() => world.remove());

const at = (...rest: string[]) => world.at("shop-work", ...rest);
/** Only in the history: what nobody checks out git itself does not look at. */
function addBig(): void {
  writeFileSync(at("big.bin"), randomBytes(SIZE));
  git(at(), "add", "-A");
  git(at(), "commit", "-q", "-m", "big");
  git(at(), "rm", "-q", "big.bin");
  git(at(), "commit", "-q", "-m", "no more");
}
const given = () => world.at(".agent-vm.given.shop-work");
const inGuest = () => join(given(), readdirSync(given())[0] ?? "");
const refs = () => git(world.repo, "for-each-ref", "--format=%(refname)", "refs/agent-vm");

const whole = () => {
  expect(git(world.repo, "rev-parse", "work")).toBe(git(at(), "rev-parse", "HEAD"));
  git(world.repo, "fsck", "--full", "--strict");
  expect(git(world.repo, "status", "--porcelain")).toBe("");
  expect(onHost(world)).toEqual([]);
  expect(readdirSync(join(world.guestHome, "workspace"))).toEqual(["shop-work"]);
  expect(refs()).not.toContain("incoming");
};

test("all of much comes once, and what is little needs no call of its own", async () => {
  const { bytes, fetched } = await counted(world);
  expect(bytes).toBeGreaterThan(SIZE);
  expect(bytes).toBeLessThan(SIZE + MiB);
  expect(fetched).toBe(0);
  whole();
  commit(at(), { "small.txt": "s\n" });
  expect(await counted(world)).toMatchObject({ calls: 0, bytes: 0 });
  whole();
});

/** The guest's `df` tells of so many KiB. */
async function guestWithRoom(kib: number): Promise<void> {
  const programs = join(world.guestHome, "programs");
  mkdirSync(programs);
  writeFileSync(join(programs, "df"), `#!/bin/sh\nprintf 'Filesystem\\n/dev/vda 9 9 ${kib} 99%% /\\n'\n`);
  chmodSync(join(programs, "df"), 0o755);
  const { configFile } = await world.ctx.target();
  const file = join(dirname(configFile), "sshd_config");
  const set = `SetEnv HOME=${world.guestHome}`;
  world.stopGuest();
  const path = `${set} PATH=${programs}:${process.env["PATH"]}`;
  writeFileSync(file, readFileSync(file, "utf8").replace(set, path));
  await world.startGuest();
}

test.each([
  ["just the room for a pack beside its objects", 3 * SIZE, { calls: 1, fetched: 0 }],
  ["less", SIZE, { calls: 1, bytes: 0 }],
])("a guest's disk that has %s", async (_, room, expected) => {
  await guestWithRoom(room / 1024);
  expect(await counted(world)).toMatchObject(expected);
  whole();
});

test("what others have left in the VM goes a day later, and not before", async () => {
  const names = ["given", "half"].flatMap((kind) => [`.agent-vm.${kind}.old`, `.agent-vm.${kind}.new`]);
  const yesterday = Date.now() / 1000 - 25 * 3600;
  for (const name of names) {
    mkdirSync(world.at(name));
    if (name.endsWith(".old")) utimesSync(world.at(name), yesterday, yesterday);
  }
  await fetchBranch(world.ctx, "work", { acceptRisk: true });
  const left = readdirSync(join(world.guestHome, "workspace")).sort();
  expect(left).toEqual([".agent-vm.given.new", ".agent-vm.half.new", "shop-work"]);
});

describe("a fetch that broke off", () => {
  test("goes on with what is not here", async () => {
    await brokenOff(world, "Ctrl-C");
    const got = statSync(partOf(world)).size;
    expect(got).toBeGreaterThan(FIRST - MiB);
    const { bytes, fetched } = await counted(world);
    expect(bytes).toBeLessThan(SIZE - got + MiB);
    expect(fetched).toBe(0);
    whole();
  });

  test("goes on, too, when the agent has worked on, and brings the rest", async () => {
    await brokenOff(world, "connection");
    const got = statSync(partOf(world)).size;
    commit(at(), { "later.txt": "l\n" });
    const { bytes, fetched } = await counted(world);
    expect(bytes).toBeLessThan(SIZE - got + MiB);
    // Of git's own a commit, a tree and a file, and what they are a difference of.
    expect(fetched).toBeLessThan(6);
    whole();
  });

  test("takes no byte for another that the guest has changed in between", async () => {
    await brokenOff(world, "Ctrl-C");
    const pack = openSync(inGuest(), "r+");
    writeSync(pack, "changed", SIZE - MiB);
    closeSync(pack);
    const { bytes, fetched } = await counted(world);
    expect(bytes).toBeLessThan(SIZE);
    // git's own fetch has brought all of it.
    expect(fetched).toBeGreaterThan(2);
    whole();
  });
});

/** A commit of the branch that git's check refuses, on top of much. */
function wrong(): void {
  const text = `tree ${git(at(), "rev-parse", "HEAD^{tree}")}\nparent ${git(at(), "rev-parse", "HEAD")}\nauthor A a@example.org 1700000000 +0000\ncommitter A <a@example.org> 1700000000 +0000\n\nx\n`;
  writeFileSync(at(".git/wrong"), text);
  git(
    at(),
    "update-ref",
    "HEAD",
    git(at(), "hash-object", "-t", "commit", "-w", "--literally", ".git/wrong"),
  );
}

describe("what git does not take", () => {
  const onHostsBranch = () => git(world.repo, "rev-parse", "work");
  const refused: Work = (ctx) =>
    expect(fetchBranch(ctx, "work", { acceptRisk: true })).rejects.toMatchObject({
      message: "The fetch did not go through; no branch was moved.",
      details: expect.arrayContaining([expect.stringContaining("missingEmail")]),
    });

  test("travels once", async () => {
    const tip = onHostsBranch();
    wrong();
    const { bytes, fetches } = await counted(world, refused);
    expect(bytes).toBeGreaterThan(SIZE);
    expect(fetches).toBe(0);
    expect(onHostsBranch()).toBe(tip);
    expect(onHost(world)).toEqual([]);
    expect(git(world.repo, "count-objects", "-v")).toMatch(/^packs: 0$/m);
  });

  test("is not in the way of what the agent has made of it since", async () => {
    git(at(), "branch", "-q", "right");
    wrong();
    await brokenOff(world, "Ctrl-C");
    git(at(), "reset", "-q", "--hard", "right");
    await counted(world);
    whole();
  });
});

test("other branches that broke off go on, too", async () => {
  const heads = () => git(at(), "for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads");
  git(at(), "checkout", "-q", "-b", "öther/one", "HEAD~2");
  addBig();
  git(at(), "checkout", "-q", "work");
  git(at(), "branch", "-q", "third");
  const all: Work = (ctx) => fetchBranch(ctx, "work", { acceptRisk: true, all: true });
  await brokenOff(world, "Ctrl-C", all);
  const got = statSync(partOf(world)).size;
  git(at(), "checkout", "-q", "-b", "later", "third");
  addBig();
  git(at(), "checkout", "-q", "work");
  const { bytes, fetched, calls } = await counted(world, all);
  expect(calls).toBe(2);
  expect(bytes).toBeGreaterThan(3 * SIZE - got - MiB);
  expect(bytes).toBeLessThan(3 * SIZE - got + 2 * MiB);
  expect(fetched).toBe(0);
  const mirrors = "refs/agent-vm/shop-work/heads";
  expect(git(world.repo, "for-each-ref", "--format=%(objectname) %(refname:lstrip=4)", mirrors)).toBe(
    heads(),
  );
  whole();
  // And then nothing is asked for.
  expect(await counted(world, all)).toMatchObject({ calls: 0, bytes: 0 });
});

describe("a save that broke off", () => {
  const clean: Work = (ctx) => cleanBranch(ctx, "work", false);
  const vault = () => {
    const at = join(world.ctx.paths.state, "../../vault");
    return join(at, readdirSync(at)[0] ?? "", "objects.git");
  };

  beforeEach(async () => {
    writeFileSync(at("mine.bin"), mine);
    await brokenOff(world, "Ctrl-C", clean);
    expect(git(at(), "status", "--porcelain")).toBe("?? mine.bin");
  });
  const mine = randomBytes(MiB);

  test("goes on with what is not here", async () => {
    const got = statSync(partOf(world)).size;
    const { bytes, fetched } = await counted(world, clean, vault());
    expect(bytes).toBeLessThan(SIZE + 2 * MiB - got);
    expect(fetched).toBe(0);
    expect(onHost(world)).toEqual([]);
    expect(readdirSync(join(world.guestHome, "workspace"))).toEqual([]);
    await restore(world.ctx, { branch: "work" });
    expect(readFileSync(at("mine.bin")).equals(mine)).toBe(true);
    git(at(), "cat-file", "-e", "HEAD~1:big.bin");
  });

  test("goes on in the next process, whose commits would have another time", async () => {
    const got = statSync(partOf(world)).size;
    vi.resetModules();
    const later = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 100_000);
    const next = await import("../../src/domain/sync/save/clean.ts");
    later.mockRestore();
    const { bytes, fetched } = await counted(world, (ctx) => next.cleanBranch(ctx, "work", false), vault());
    expect(bytes).toBeLessThan(SIZE + 2 * MiB - got);
    expect(fetched).toBe(0);
  });

  test("goes on, too, when the workspace was changed since, and holds what it was changed to", async () => {
    const got = statSync(partOf(world)).size;
    const other = randomBytes(MiB);
    writeFileSync(at("mine.bin"), other);
    commit(at(), { "later.txt": "l\n" });
    const { bytes } = await counted(world, clean, vault());
    expect(bytes).toBeGreaterThan(SIZE - got);
    expect(bytes).toBeLessThan(SIZE + 3 * MiB - got);
    expect(onHost(world)).toEqual([]);
    expect(git(vault(), "for-each-ref", "--format=%(refname)", "refs/saves")).not.toContain("begun");
    expect(readdirSync(join(world.guestHome, "workspace"))).toEqual([]);
    await restore(world.ctx, { branch: "work" });
    expect(readFileSync(at("mine.bin")).equals(other)).toBe(true);
    git(at(), "cat-file", "-e", "HEAD~2:big.bin");
  });
});
