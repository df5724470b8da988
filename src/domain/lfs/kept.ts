// The store of large files (Git LFS) in a vault: each content once for all saves, proven whenever a save counts on it.
import { createHash } from "node:crypto";
import { link, lstat, mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import { readJson } from "../../io/json-file.ts";
import type { Target } from "../../target.ts";
import type { Save } from "../vault/save.ts";
import type { Vault } from "../vault/vault.ts";
import type { WorkspaceDir } from "../workspace/names.ts";
import { bringObjects } from "./bring.ts";
import type { Pointer } from "./pointer.ts";
import { holds, lackedBy, openObject, pathIn, storeAround, writeObject } from "./store.ts";

/** Where git-lfs, asked in the vault's repository, looks, too. */
export const keptStore = ({ gitDir }: Vault): string => join(gitDir, "lfs");

export interface Keeping {
  vault: Vault;
  /** The workspace that a snapshot was just taken of. */
  dir: WorkspaceDir;
  /** Any of the host's repository, if it is still there. */
  directory: string | undefined;
  objects: readonly Pointer[];
}

/**
 * When this returns every object is in the vault, its SHA-256 looked at: it was there, the host's own store has it, or it
 * came from the workspace's files. What came whole before a failure stays, and half of one goes on where it broke off.
 * The caller holds the vault's lock. Throws UserError.
 */
export async function keepLargeFiles(ctx: Context, target: Target, keeping: Keeping): Promise<void> {
  const { vault, dir, directory, objects } = keeping;
  if (objects.length === 0) return;
  const store = keptStore(vault);
  const own = directory === undefined ? undefined : await storeAround(ctx, directory).catch(() => undefined);
  const lacked: Pointer[] = [];
  for (const one of objects) {
    if (await isWhole(store, one)) continue;
    await rm(pathIn(store, one.oid), { force: true });
    if (own === undefined || !(await takeOver(own, store, one))) lacked.push(one);
  }
  await bringObjects(ctx, target, { dir, saved: true }, { store, objects: lacked });
  const missing = await lackedBy(store, objects);
  if (missing.length === 0) return;
  throw new UserError("Large files (Git LFS) of the workspace were changed while they were saved.", {
    details: missing.slice(0, 10).map(({ oid }) => oid),
    hint: "See that nothing is at work there, then run the same command again.",
  });
}

/** Its bytes are what its name says. */
export async function isWhole(store: string, one: Pointer): Promise<boolean> {
  if (!(await holds(store, one))) return false;
  const sum = createHash("sha256");
  const file = await openObject(store, one.oid);
  for await (const chunk of file.createReadStream({ highWaterMark: 1024 * 1024 }))
    sum.update(chunk as Buffer);
  return sum.digest("hex") === one.oid;
}

/** By a hard link, which stays when git-lfs removes its own; by a copy where the file system has none. */
async function takeOver(own: string, store: string, one: Pointer): Promise<boolean> {
  if (!(await holds(own, one))) return false;
  await mkdir(dirname(pathIn(store, one.oid)), { recursive: true });
  try {
    await link(pathIn(own, one.oid), pathIn(store, one.oid));
  } catch {
    return copied(own, store, one);
  }
  if (await isWhole(store, one)) return true;
  await rm(pathIn(store, one.oid), { force: true });
  return false;
}

async function copied(own: string, store: string, { oid }: Pointer): Promise<boolean> {
  const sum = createHash("sha256");
  const file = await openObject(own, oid);
  async function* summed() {
    for await (const chunk of file.createReadStream({ highWaterMark: 1024 * 1024 })) {
      sum.update(chunk as Buffer);
      yield chunk as Buffer;
    }
  }
  const { written, error } = await writeObject(store, { oid, from: 0, sum }, summed());
  const whole = error === undefined && sum.digest("hex") === oid;
  await (whole ? written.keep() : written.drop());
  if (error !== undefined) throw error;
  return whole;
}

/** Those of a save that are missing or are not what they were. */
export async function damagedOf(vault: Vault, { large = [] }: Save): Promise<string[]> {
  const damaged: string[] = [];
  for (const one of large) if (!(await isWhole(keptStore(vault), one))) damaged.push(one.oid);
  return damaged;
}

/** Every large file of a save is there with its size; its bytes are not looked at. */
export const hasAll = async (vault: Vault, { large = [] }: Save): Promise<boolean> =>
  (await lackedBy(keptStore(vault), large)).length === 0;

/** Bytes of a save's large files that lie in the vault alone, without those that are the host's own by a hard link. */
export async function bytesOf(vault: Vault, { large = [] }: Save): Promise<number> {
  const found = await Promise.all(
    large.map(({ oid }) => lstat(pathIn(keptStore(vault), oid)).catch(() => undefined)),
  );
  return found.reduce((sum, one) => sum + (one?.nlink === 1 ? one.size : 0), 0);
}

/**
 * Removes what no record names and has lain there for so many milliseconds: what a save that failed, or was dropped, left.
 * Nothing goes while a record cannot be read. The caller holds the vault's lock.
 */
export async function dropUnnamed(vault: Vault, age = 0): Promise<void> {
  const store = keptStore(vault);
  const files = (await readdir(store, { recursive: true, withFileTypes: true }).catch(() => [])).filter(
    (one) => !one.isDirectory(),
  );
  const named = files.length === 0 ? undefined : await namedIn(vault);
  if (named === undefined) return;
  for (const { name, parentPath } of files) {
    const path = join(parentPath, name);
    // A link's own time, not that of the content.
    const since = (await lstat(path).catch(() => undefined))?.ctimeMs ?? Number.POSITIVE_INFINITY;
    const isNamed = named.has(name) && path === pathIn(store, name);
    if (!isNamed && since <= Date.now() - age) await rm(path, { force: true });
  }
}

async function namedIn({ directory }: Vault): Promise<Set<string> | undefined> {
  const named = new Set<string>();
  const saves = join(directory, "saves");
  for (const name of await readdir(saves).catch(() => [])) {
    if (!name.endsWith(".json")) continue;
    const save = (await readJson(join(saves, name)).catch(() => undefined)) as Partial<Save> | undefined;
    if (save?.version !== 1) return undefined;
    for (const { oid } of save.large ?? []) named.add(oid);
  }
  return named;
}
