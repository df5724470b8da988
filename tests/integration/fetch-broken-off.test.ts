// A fetch or a save of much that was ended in its middle goes on where it was; other bytes in its place come to nothing.
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cleanBranch } from "../../src/domain/sync/clean.ts";
import { fetchBranch } from "../../src/domain/sync/fetch.ts";
import { restore } from "../../src/domain/sync/restore.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { Interrupted } from "../../src/errors.ts";
import { commit, createWorld, git, type World } from "./guest.ts";

const MiB = 1024 * 1024;
/** Just worth it. */
const SIZE = 18 * MiB;
/** As much goes through before the end. */
const FIRST = 6 * MiB;

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
const tmp = () => join(world.ctx.paths.state, "tmp");
const onHost = () => (existsSync(tmp()) ? readdirSync(tmp()) : []);
const part = () => join(tmp(), onHost()[0] ?? "", "part");
const given = () => world.at(".agent-vm.given.shop-work");
const inGuest = () => join(given(), readdirSync(given())[0] ?? "");
const refs = () => git(world.repo, "for-each-ref", "--format=%(refname)", "refs/agent-vm");

type Run = World["ctx"]["run"];
type Work = (ctx: World["ctx"]) => Promise<unknown>;
const fetch = (ctx: World["ctx"]) => fetchBranch(ctx, "work", { acceptRisk: true });

/** A fetch that is ended when so many bytes have come: by Ctrl-C, or with its connection. */
async function brokenOff(end: "Ctrl-C" | "connection", work: Work = fetch): Promise<void> {
  const abort = new AbortController();
  let count = 0;
  const stop = () => {
    if (end === "Ctrl-C") return abort.abort();
    world.stopGuest();
    count = Number.NEGATIVE_INFINITY;
  };
  const run: Run = (argv, options = {}) => {
    const { into } = options;
    if (!into || !argv.some((word) => word.includes(".agent-vm.given"))) return world.ctx.run(argv, options);
    const through = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (count > FIRST) stop();
        count += chunk.length;
        into.write(chunk, () => done());
      },
      final: (done) => into.end(done),
    });
    return world.ctx.run(argv, { ...options, into: through });
  };
  const broken = work({ ...world.ctx, run, signal: abort.signal });
  if (end === "Ctrl-C") await expect(broken).rejects.toThrow(Interrupted);
  else await expect(broken).rejects.toThrow("does not answer");
  if (end === "connection") await world.startGuest();
  expect(world.said.join("\n")).toContain("goes on from there");
  expect(statSync(part()).mode & 0o777).toBe(0o600);
}

/** A fetch with the bytes counted that come beside git's own, and the objects that git's own brings. */
async function counted(work: Work = fetch, into = world.repo) {
  const found = { bytes: 0, calls: 0, fetched: 0 };
  const packs = () => git(into, "count-objects", "-v").match(/in-pack: (\d+)/)?.[1] ?? "0";
  const run: Run = async (argv, options = {}) => {
    if (options.into && argv.some((word) => word.includes(".agent-vm.given"))) {
      found.calls += 1;
      options.into.on("pipe", (from) => from.on("data", (chunk: Buffer) => (found.bytes += chunk.length)));
    }
    const before = argv.includes("--upload-pack") || argv.includes("fetch") ? Number(packs()) : undefined;
    const result = await world.ctx.run(argv, options);
    if (before !== undefined) found.fetched += Number(packs()) - before;
    return result;
  };
  await work({ ...world.ctx, run });
  return found;
}

const whole = () => {
  expect(git(world.repo, "rev-parse", "work")).toBe(git(at(), "rev-parse", "HEAD"));
  git(world.repo, "fsck", "--full", "--strict");
  expect(git(world.repo, "status", "--porcelain")).toBe("");
  expect(onHost()).toEqual([]);
  expect(readdirSync(join(world.guestHome, "workspace"))).toEqual(["shop-work"]);
  expect(refs()).not.toContain("incoming");
};

test("all of much comes once, and what is little needs no call of its own", async () => {
  const { bytes, fetched } = await counted();
  expect(bytes).toBeGreaterThan(SIZE);
  expect(bytes).toBeLessThan(SIZE + MiB);
  expect(fetched).toBe(0);
  whole();
  commit(at(), { "small.txt": "s\n" });
  expect(await counted()).toMatchObject({ calls: 0, bytes: 0 });
  whole();
});

describe("a fetch that broke off", () => {
  test("goes on with what is not here", async () => {
    await brokenOff("Ctrl-C");
    const got = statSync(part()).size;
    expect(got).toBeGreaterThan(FIRST - MiB);
    const { bytes, fetched } = await counted();
    expect(bytes).toBeLessThan(SIZE - got + MiB);
    expect(fetched).toBe(0);
    whole();
  });

  test("goes on, too, when the agent has worked on, and brings the rest", async () => {
    await brokenOff("connection");
    const got = statSync(part()).size;
    commit(at(), { "later.txt": "l\n" });
    const { bytes, fetched } = await counted();
    expect(bytes).toBeLessThan(SIZE - got + MiB);
    // Of git's own a commit, a tree and a file, and what they are a difference of.
    expect(fetched).toBeLessThan(6);
    whole();
  });

  test("takes no byte for another that the guest has changed in between", async () => {
    await brokenOff("Ctrl-C");
    const pack = openSync(inGuest(), "r+");
    writeSync(pack, "changed", SIZE - MiB);
    closeSync(pack);
    const { bytes, fetched } = await counted();
    expect(bytes).toBeLessThan(SIZE);
    // git's own fetch has brought all of it.
    expect(fetched).toBeGreaterThan(2);
    whole();
  });
});

describe("a save that broke off", () => {
  const clean: Work = (ctx) => cleanBranch(ctx, "work", false);
  const vault = () => {
    const at = join(world.ctx.paths.state, "../../vault");
    return join(at, readdirSync(at)[0] ?? "", "objects.git");
  };

  beforeEach(async () => {
    writeFileSync(at("mine.bin"), mine);
    await brokenOff("Ctrl-C", clean);
    expect(git(at(), "status", "--porcelain")).toBe("?? mine.bin");
  });
  const mine = randomBytes(MiB);

  test("goes on with what is not here", async () => {
    const got = statSync(part()).size;
    const { bytes, fetched } = await counted(clean, vault());
    expect(bytes).toBeLessThan(SIZE + 2 * MiB - got);
    expect(fetched).toBe(0);
    expect(onHost()).toEqual([]);
    expect(readdirSync(join(world.guestHome, "workspace"))).toEqual([]);
    await restore(world.ctx, { branch: "work" });
    expect(readFileSync(at("mine.bin")).equals(mine)).toBe(true);
    git(at(), "cat-file", "-e", "HEAD~1:big.bin");
  });

  test("goes on, too, when the workspace was changed since, and holds what it was changed to", async () => {
    const got = statSync(part()).size;
    const other = randomBytes(MiB);
    writeFileSync(at("mine.bin"), other);
    commit(at(), { "later.txt": "l\n" });
    const { bytes } = await counted(clean, vault());
    expect(bytes).toBeGreaterThan(SIZE - got);
    expect(bytes).toBeLessThan(SIZE + 3 * MiB - got);
    expect(onHost()).toEqual([]);
    expect(git(vault(), "for-each-ref", "--format=%(refname)", "refs/saves")).not.toContain("begun");
    expect(readdirSync(join(world.guestHome, "workspace"))).toEqual([]);
    await restore(world.ctx, { branch: "work" });
    expect(readFileSync(at("mine.bin")).equals(other)).toBe(true);
    git(at(), "cat-file", "-e", "HEAD~2:big.bin");
  });
});
