// The host's store of Git LFS's objects: where it lies, what it holds, and how an object gets there whole or not at all.
import { randomBytes } from "node:crypto";
import { constants, createReadStream, createWriteStream } from "node:fs";
import { lstat, mkdir, open, readFile, rename, rm, truncate } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { WORTH_KEEPING } from "../sync/guest/half.ts";
import type { Repository } from "../workspace/repository.ts";
import { keyOf } from "./held.ts";
import type { Begun, Pointer } from "./pointer.ts";

/** Whether git-lfs was ever at work in the repository: no program is started to find out. */
export async function wasUsed(commonDir: string): Promise<boolean> {
  if (await lstat(join(commonDir, "lfs")).catch(() => undefined)) return true;
  // With a store elsewhere (lfs.storage) only its hooks tell.
  const hook = await readFile(join(commonDir, "hooks", "pre-push"), "utf8").catch(() => "");
  return hook.includes("git lfs") || hook.includes("git-lfs");
}

/** The store's directory, as git-lfs has it: `lfs.storage`, or `lfs` beside git's own objects. */
export async function storeOf(
  ctx: Context,
  { directory, commonDir }: Pick<Repository, "directory" | "commonDir">,
): Promise<string> {
  const chosen = await query(ctx, directory, ["config", "--type=path", "--get", "lfs.storage"]);
  if (chosen === "") return join(commonDir, "lfs");
  return isAbsolute(chosen) ? chosen : join(commonDir, chosen);
}

export const pathIn = (store: string, oid: string): string =>
  join(store, "objects", oid.slice(0, 2), oid.slice(2, 4), oid);

/** A file of that name and size, no link: what else lies there is not the object. */
export async function holds(store: string, { oid, size }: Pointer): Promise<boolean> {
  const found = await lstat(pathIn(store, oid)).catch(() => undefined);
  return found?.isFile() === true && found.size === size;
}

export async function lackedBy<T extends Pointer>(store: string, pointers: readonly T[]): Promise<T[]> {
  const lacked: T[] = [];
  for (const pointer of pointers) if (!(await holds(store, pointer))) lacked.push(pointer);
  return lacked;
}

/** The keys of those of the objects that the store of the repository around a directory has. */
export async function heldOnHost(
  ctx: Context,
  directory: string,
  objects: readonly Pointer[],
): Promise<Set<string>> {
  if (objects.length === 0) return new Set();
  const lacked = new Set((await lackedBy(await storeAround(ctx, directory), objects)).map(keyOf));
  return new Set(objects.map(keyOf).filter((key) => !lacked.has(key)));
}

/** The store of a repository that is known by any directory of it. */
export async function storeAround(ctx: Context, directory: string): Promise<string> {
  const ask = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
  return storeOf(ctx, { directory, commonDir: await query(ctx, directory, ask) });
}

/** Opened for reading, following no link. */
export const openObject = (store: string, oid: string) =>
  open(pathIn(store, oid), constants.O_RDONLY | constants.O_NOFOLLOW);

/** Where git-lfs puts what it has of an object when a transfer breaks off, and goes on itself. */
const partIn = (store: string, oid: string): string => join(store, "incomplete", `${oid}.tmp`);

/** The objects with the bytes that are here of each; few are not worth it. */
export async function begunIn(store: string, pointers: readonly Pointer[]): Promise<Begun[]> {
  const begun: Begun[] = [];
  for (const one of pointers) {
    const found = await lstat(partIn(store, one.oid)).catch(() => undefined);
    const some = found?.isFile() === true && found.size >= WORTH_KEEPING && found.size < one.size;
    begun.push({ ...one, from: some ? found.size : 0 });
  }
  return begun;
}

export interface Written {
  /** Puts it in its place. */
  keep(): Promise<void>;
  /** Removes it. */
  drop(): Promise<void>;
  /** Leaves it where the next attempt finds it; false for what is not worth it, which is removed. */
  aside(): Promise<boolean>;
}

/**
 * Writes an object beside its place, behind the bytes of it that are here; those are given to `sum` first. Throws
 * UserError (4) when a directory of the store is a link: what the VM sends is written to no other place than the store.
 */
export async function writeObject(
  store: string,
  { oid, from, sum }: Pick<Begun, "oid" | "from"> & { sum: { update(bytes: Buffer): unknown } },
  content: AsyncIterable<Uint8Array>,
): Promise<{ written: Written; error?: unknown }> {
  const final = pathIn(store, oid);
  const directories = [
    ...["tmp", "incomplete", "objects"],
    `objects/${oid.slice(0, 2)}`,
    `objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}`,
  ];
  await mkdir(store, { recursive: true });
  for (const name of directories) await ownDirectory(join(store, name));
  const temporary = join(store, "tmp", `agent-vm-${randomBytes(8).toString("hex")}`);
  const drop = () => rm(temporary, { force: true });
  const aside = async () => {
    const found = await lstat(temporary).catch(() => undefined);
    const worth = found !== undefined && found.size >= WORTH_KEEPING;
    await (worth ? rename(temporary, partIn(store, oid)) : drop());
    return worth;
  };
  const written = { keep: () => rename(temporary, final), drop, aside };
  try {
    if (from > 0) await takeUp(partIn(store, oid), temporary, { from, sum });
    const flags = from > 0 ? "r+" : "wx";
    await pipeline(content, createWriteStream(temporary, { flags, start: from, flush: true }));
    return { written };
  } catch (error) {
    return { written, error };
  }
}

/** By rename: nobody else goes on with it. */
async function takeUp(
  part: string,
  temporary: string,
  { from, sum }: { from: number; sum: { update(bytes: Buffer): unknown } },
): Promise<void> {
  await rename(part, temporary).catch((cause: unknown) => {
    throw new UserError("Another command goes on with a large file (Git LFS) that was kept half.", {
      hint: "Run the same command again when that has ended.",
      cause,
    });
  });
  await truncate(temporary, from);
  for await (const chunk of createReadStream(temporary)) sum.update(chunk as Buffer);
}

async function ownDirectory(path: string): Promise<void> {
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  if ((await lstat(path)).isDirectory()) return;
  throw new UserError(`${sanitize(path)} is no directory of its own, so no large file was put there.`, {
    hint: "A store elsewhere is named to git-lfs with: git config lfs.storage <directory>",
    exit: EXIT.refused,
  });
}
