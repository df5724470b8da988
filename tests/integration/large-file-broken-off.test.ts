// A large file (Git LFS) whose transfer was ended in its middle, both ways: nothing half under its name, and it goes on.
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { listSaves } from "../../src/domain/vault/records.ts";
import { vaultPath } from "../../src/domain/vault/vault.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { Interrupted } from "../../src/errors.ts";
import { commit, createWorld, git, type World } from "./guest.ts";
import { ATTRIBUTES, configIn, configOf, idOf, placeOf, setUpLfs } from "./large-files.ts";
import { remove, save } from "./saving.ts";

const MiB = 1024 * 1024;
const SIZE = 26 * MiB;
/** As much goes through before the end; the least that is kept is 16 MiB. */
const FIRST = 20 * MiB;

let world: World;
const bytes = randomBytes(SIZE);
const oid = idOf(bytes);
const place = placeOf(oid);
const part = join("incomplete", `${oid}.tmp`);
const hostStore = () => join(world.repo, ".git/lfs");
const guestStore = () => world.at("shop-work", ".git/lfs");

beforeEach(async () => {
  world = await createWorld();
  setUpLfs(configIn(world.guestHome), configOf(world.repo));
  git(world.repo, "checkout", "-q", "-b", "work");
  commit(world.repo, ATTRIBUTES);
  await pushToWorkspace(world.ctx, "work");
});
afterEach(() => world.remove());

const add = (directory: string) => {
  writeFileSync(join(directory, "big.bin"), bytes);
  git(directory, "add", "-A");
  git(directory, "commit", "-q", "-m", "big");
};
const inTmp = (store: string) => {
  const tmp = join(store, "tmp");
  const names = existsSync(tmp) ? readdirSync(tmp) : [];
  return names.reduce(
    (sum, name) => sum + (statSync(join(tmp, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
};
const until = async (done: () => boolean) => {
  for (let turn = 0; !done(); turn += 1) {
    if (turn > 3000) throw new Error("it never came");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

type Run = World["ctx"]["run"];
const carries = (argv: readonly string[], step: string) =>
  argv.some((word) => word.includes(` -- ${step} shop-work`));

/** Runs a command whose transfer stands still after FIRST bytes, until the other end has them; then Ctrl-C. */
async function brokenOff(
  work: (ctx: World["ctx"]) => Promise<unknown>,
  arrived: () => boolean,
): Promise<void> {
  const abort = new AbortController();
  let count = 0;
  const stand = async () => {
    await until(arrived);
    abort.abort();
  };
  const run: Run = (argv, options = {}) => {
    if (carries(argv, "take")) {
      const stream = options.input as Readable;
      async function* some() {
        for await (const chunk of stream) {
          if (count > FIRST) return void (await stand());
          count += (chunk as Buffer).length;
          yield chunk as Buffer;
        }
      }
      return world.ctx.run(argv, { ...options, input: Readable.from(some(), { objectMode: false }) });
    }
    if (options.into && carries(argv, "give")) {
      const { into } = options;
      const through = new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          if (count > FIRST) return void stand();
          count += chunk.length;
          into.write(chunk, () => done());
        },
        final: (done) => into.end(done),
      });
      return world.ctx.run(argv, { ...options, into: through });
    }
    return world.ctx.run(argv, options);
  };
  await expect(work({ ...world.ctx, run, signal: abort.signal })).rejects.toThrow(Interrupted);
}

/** Runs it with the bytes of large files counted that go over the connection. */
async function counted(work: (ctx: World["ctx"]) => Promise<unknown>): Promise<number> {
  let count = 0;
  const run: Run = (argv, options = {}) => {
    if (carries(argv, "take")) {
      const stream = options.input as Readable;
      stream.on("data", (chunk: Buffer) => {
        count += chunk.length;
      });
    }
    if (carries(argv, "give"))
      options.into?.on("pipe", (from: Readable) =>
        from.on("data", (chunk: Buffer) => {
          count += chunk.length;
        }),
      );
    return world.ctx.run(argv, options);
  };
  await work({ ...world.ctx, run });
  return count;
}

const push = (ctx: World["ctx"]) => pushToWorkspace(ctx, "work");
const fetch = (ctx: World["ctx"]) => fetchBranch(ctx, "work", { acceptRisk: true });

test("a push goes on where it was", async () => {
  add(world.repo);
  await brokenOff(push, () => inTmp(guestStore()) > 17 * MiB);
  await until(() => existsSync(join(guestStore(), part)));
  expect(existsSync(join(guestStore(), place))).toBe(false);
  expect(inTmp(guestStore())).toBe(0);
  const got = statSync(join(guestStore(), part)).size;
  expect(got).toBeGreaterThan(16 * MiB);
  expect(await counted(push)).toBeLessThan(SIZE - got + MiB);
  expect(readFileSync(world.at("shop-work", "big.bin")).equals(bytes)).toBe(true);
  expect(existsSync(join(guestStore(), part))).toBe(false);
});

test("a push takes nothing that was changed meanwhile for what was sent", async () => {
  add(world.repo);
  await brokenOff(push, () => inTmp(guestStore()) > 17 * MiB);
  await until(() => existsSync(join(guestStore(), part)));
  writeFileSync(join(guestStore(), part), randomBytes(17 * MiB));
  await expect(push(world.ctx)).rejects.toThrow("did not all reach the VM");
  expect(existsSync(join(guestStore(), place))).toBe(false);
  expect(await counted(push)).toBeGreaterThan(SIZE);
  expect(readFileSync(world.at("shop-work", "big.bin")).equals(bytes)).toBe(true);
});

test("a fetch goes on where it was", async () => {
  add(world.at("shop-work"));
  await brokenOff(fetch, () => inTmp(hostStore()) > 17 * MiB);
  expect(existsSync(join(hostStore(), place))).toBe(false);
  expect(inTmp(hostStore())).toBe(0);
  const got = statSync(join(hostStore(), part)).size;
  expect(got).toBeGreaterThan(16 * MiB);
  expect(world.said.join("\n")).toContain("goes on from there");
  expect(await counted(fetch)).toBeLessThan(SIZE - got + MiB);
  expect(readFileSync(join(world.repo, "big.bin")).equals(bytes)).toBe(true);
  expect(existsSync(join(hostStore(), part))).toBe(false);
});

test("a fetch takes nothing that is not the beginning", async () => {
  add(world.at("shop-work"));
  await brokenOff(fetch, () => inTmp(hostStore()) > 17 * MiB);
  writeFileSync(join(hostStore(), part), randomBytes(17 * MiB));
  await expect(fetch(world.ctx)).rejects.toThrow("was not its beginning");
  expect(inTmp(hostStore())).toBe(0);
  expect(existsSync(join(hostStore(), place))).toBe(false);
  expect(await counted(fetch)).toBeGreaterThan(SIZE);
  expect(readFileSync(join(world.repo, "big.bin")).equals(bytes)).toBe(true);
});

test("a save goes on where it was, also of a workspace that was changed since; and so does the restore", async () => {
  const at = world.at("shop-work");
  add(at);
  const { gitDir } = vaultPath(world.ctx, git(world.repo, "config", "agent-vm.id").trim());
  const kept = join(gitDir, "lfs");
  const saving = (ctx: World["ctx"]) => save({ ...world, ctx });
  await brokenOff(saving, () => inTmp(kept) > 17 * MiB);
  expect(await listSaves(world.ctx)).toEqual([]);
  const got = statSync(join(kept, part)).size;
  expect(got).toBeGreaterThan(16 * MiB);
  writeFileSync(join(at, "late.txt"), "late\n");
  expect(await counted(saving)).toBeLessThan(SIZE - got + MiB);
  expect(readFileSync(join(kept, place)).equals(bytes)).toBe(true);

  await remove(world);
  const waiting = join(world.guestHome, "workspace/.agent-vm.new.~lfs.shop-work");
  const back = (ctx: World["ctx"]) => restore(ctx, { branch: "work" });
  await brokenOff(back, () => inTmp(waiting) > 17 * MiB);
  await until(() => existsSync(join(waiting, part)));
  expect(existsSync(at)).toBe(false);
  const came = statSync(join(waiting, part)).size;
  expect(await counted(back)).toBeLessThan(SIZE - came + MiB);
  expect(readFileSync(join(at, "big.bin")).equals(bytes)).toBe(true);
  expect(readFileSync(join(at, "late.txt"), "utf8")).toBe("late\n");
});
