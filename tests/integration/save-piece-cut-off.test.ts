// What a save keeps beside git's objects, ended in its middle: it goes on there when the same comes again, or begins anew.
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { Interrupted } from "../../src/errors.ts";
import { createWorld, git, type World } from "./guest.ts";

const MiB = 1024 * 1024;
const SIZE = 20 * MiB;
/** As much goes through before the end; the least that is kept is 16 MiB. */
const FIRST = 18 * MiB;

let world: World;
const bytes = randomBytes(SIZE);
const inside = (...rest: string[]) => world.at("shop-work", "inside", ...rest);
const tmp = () => join(world.ctx.paths.state, "tmp");
const kept = () => readdirSync(tmp()).map((name) => join(tmp(), name));

/** A tar comes; anything else goes through as it is. */
const isPiece = (argv: readonly string[]) =>
  argv.some((word) => word.includes("mkfifo") && / sh tar \S+ send/.test(word));

type Run = World["ctx"]["run"];
const clean = (ctx: World["ctx"]) => cleanBranch(ctx, "work", false);

async function brokenOff(): Promise<number> {
  const abort = new AbortController();
  let count = 0;
  const run: Run = (argv, options = {}) => {
    const { into } = options;
    if (!into || !isPiece(argv)) return world.ctx.run(argv, options);
    const through = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (count > FIRST) abort.abort();
        count += chunk.length;
        into.write(chunk, () => done());
      },
      final: (done) => into.end(done),
    });
    return world.ctx.run(argv, { ...options, into: through });
  };
  await expect(clean({ ...world.ctx, run, signal: abort.signal })).rejects.toThrow(Interrupted);
  expect(world.said.join("\n")).toContain("goes on from there");
  expect(kept()).toHaveLength(1);
  const found = statSync(kept()[0] ?? "");
  expect(found.mode & 0o777).toBe(0o600);
  expect(found.size).toBeGreaterThan(16 * MiB);
  return found.size;
}

async function counted(): Promise<number> {
  let count = 0;
  const run: Run = (argv, options = {}) => {
    if (options.into && isPiece(argv))
      options.into.on("pipe", (from) => from.on("data", (chunk: Buffer) => (count += chunk.length)));
    return world.ctx.run(argv, options);
  };
  await clean({ ...world.ctx, run });
  expect(kept()).toEqual([]);
  expect(existsSync(inside())).toBe(false);
  await restore(world.ctx, { branch: "work" });
  return count;
}

beforeEach(async () => {
  world = await createWorld();
  await pushToWorkspace(world.ctx, "work");
  mkdirSync(inside());
  git(inside(), "init", "-q");
  writeFileSync(inside("big"), bytes);
});
afterEach(() => world.remove());

test("goes on where it was", async () => {
  const got = await brokenOff();
  expect(await counted()).toBeLessThan(SIZE - got + MiB);
  expect(readFileSync(inside("big")).equals(bytes)).toBe(true);
});

test("begins anew when what is saved was changed since, or what was kept of it", async () => {
  const got = await brokenOff();
  const other = randomBytes(SIZE);
  writeFileSync(inside("big"), other);
  expect(await counted()).toBeGreaterThan(SIZE);
  expect(readFileSync(inside("big")).equals(other)).toBe(true);

  await brokenOff();
  writeFileSync(kept()[0] ?? "", randomBytes(got));
  expect(await counted()).toBeGreaterThan(SIZE);
  expect(readFileSync(inside("big")).equals(other)).toBe(true);

  // Less than all of what came is its beginning, too.
  await brokenOff();
  truncateSync(kept()[0] ?? "", 17 * MiB);
  expect(await counted()).toBeLessThan(SIZE - 17 * MiB + MiB);
  expect(readFileSync(inside("big")).equals(other)).toBe(true);
});
