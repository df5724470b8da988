// The host's store of Git LFS's objects: where it lies, what it holds, and how an object gets there whole or not at all.
import { randomBytes } from "node:crypto";
import { constants, createWriteStream } from "node:fs";
import { lstat, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Repository } from "../workspace/repository.ts";
import { keyOf } from "./held.ts";
import type { Pointer } from "./pointer.ts";

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

/**
 * Writes an object beside its place; `keep` puts it there, `drop` removes what was written. Throws UserError (4) when a
 * directory of the store is a link: what the VM sends is written to no other place than the store.
 */
export async function writeObject(store: string, oid: string, content: AsyncIterable<Uint8Array>) {
  const final = pathIn(store, oid);
  const directories = [
    "objects",
    `objects/${oid.slice(0, 2)}`,
    `objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}`,
  ];
  await mkdir(store, { recursive: true });
  for (const name of ["tmp", ...directories]) await ownDirectory(join(store, name));
  const temporary = join(store, "tmp", `agent-vm-${randomBytes(8).toString("hex")}`);
  const drop = () => rm(temporary, { force: true });
  try {
    await pipeline(content, createWriteStream(temporary, { flags: "wx", flush: true }));
  } catch (error) {
    await drop();
    throw error;
  }
  return { keep: () => rename(temporary, final), drop };
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
