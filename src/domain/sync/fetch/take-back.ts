// Files of the host that git had begun to write when the step failed: they go, and the old ones come back.
import { createReadStream } from "node:fs";
import { type FileHandle, lstat, open, readdir, readlink, rmdir, unlink } from "node:fs/promises";
import { Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { worktreeFolds } from "../../folding/disk.ts";
import { asOneChange } from "../../folding/meetings.ts";
import { FROM_STORE, WITH_CONTENT } from "../../lfs/checkout.ts";
import { contentPath } from "../../lfs/written.ts";
import { incomingPaths, type RawDiff, type RawEntry } from "../incoming.ts";
import { textOf } from "../parse.ts";
import { lookAt, placeOf } from "./obstacles.ts";

export interface Begun {
  worktree: string;
  /** The step, from what is checked out to what is coming, as the disk takes it. */
  changes: RawDiff;
  /** What was at each of its paths before it, in their order: numbers of a Stamp. */
  before: Float64Array;
  /** Directories that the step makes. */
  made: readonly string[];
}

/** To be asked just before the step, after hostPathsInTheWay() found nothing. */
export function beforeMove(worktree: string, diff: RawDiff): Begun {
  const changes = worktreeFolds(worktree) ? asOneChange([...diff]) : diff;
  let count = 0;
  for (const _ of changes) count += 1;
  const before = new Float64Array(count * NUMBERS);
  let at = 0;
  for (const { path } of changes) {
    before.set(stampOf(worktree, path), at);
    at += NUMBERS;
  }
  const made: string[] = [];
  for (const { path, as } of incomingPaths(diff))
    if (as === "directory" && lookAt(placeOf(worktree, path)) === undefined) made.push(path);
  return { worktree, changes, before, made };
}

/** Changes with every write. */
type Stamp = readonly [inode: number, modified: number, changed: number, size: number, mode: number];
const NUMBERS = 5;
/** No file has the inode 0. */
const NOTHING: Stamp = [0, 0, 0, 0, 0];

function stampOf(worktree: string, path: string): Stamp {
  const found = lookAt(placeOf(worktree, path));
  return found ? [found.ino, found.mtimeMs, found.ctimeMs, found.size, found.mode] : NOTHING;
}

const same = (one: ArrayLike<number>, other: Stamp): boolean => other.every((part, at) => part === one[at]);

/**
 * After a step that failed with the index as it was. Only what is git's own goes: of the paths that were written since,
 * one that was free and is not tracked, and a changed file of the index, that hold nothing but the beginning of what was
 * coming. Gives the paths of the step that are not as they were; not cleaned.
 */
export async function takeBack(ctx: Context, begun: Begun): Promise<string[]> {
  const { worktree } = begun;
  const tracked = new Set(await names(ctx, worktree, ["ls-files", "-z"]));
  const changed = new Set(await changedNow(ctx, worktree));
  const strange = new Set<string>();
  const old: string[] = [];
  let at = 0;
  for (const entry of begun.changes) {
    const { path, status } = entry;
    const before = begun.before.subarray(at, at + NUMBERS);
    at += NUMBERS;
    if (same(before, stampOf(worktree, path))) continue;
    const found = lookAt(placeOf(worktree, path));
    if (status !== "A") {
      if (changed.has(path) && (!found || (await isBeginning(ctx, worktree, entry)))) old.push(path);
      else if (changed.has(path)) strange.add(path);
    } else if (found && !found.isDirectory() && same(before, NOTHING) && !tracked.has(path)) {
      if (await isBeginning(ctx, worktree, entry)) await unlink(placeOf(worktree, path));
      else strange.add(path);
    }
  }
  await removeEmpty(begun);
  await bringBack(ctx, worktree, old);
  const still = new Set(await changedNow(ctx, worktree));
  for (const path of old) if (still.has(path)) strange.add(path);
  return [...strange].map(textOf);
}

/** From the index; the attributes first, because they say how the others are written. */
async function bringBack(ctx: Context, worktree: string, paths: readonly string[]): Promise<void> {
  const isAttributes = (path: string) => /(^|\/)\.gitattributes$/.test(path);
  for (const some of [paths.filter(isAttributes), paths.filter((path) => !isAttributes(path))]) {
    const input = Buffer.from(some.map((path) => `${path}\0`).join(""), "latin1");
    const args = [...FROM_STORE, "checkout-index", "-f", "-q", "-z", "--stdin"];
    if (some.length > 0) await git(ctx, worktree, args, { input, ok: "any", env: WITH_CONTENT });
  }
}

/** The directories that came with the files, the deepest first; one that holds anything stays. */
async function removeEmpty({ worktree, made }: Begun): Promise<void> {
  for (const path of [...made].sort((one, other) => other.length - one.length)) {
    const place = placeOf(worktree, path);
    if ((await readdir(place).catch(() => undefined))?.length === 0) await rmdir(place);
  }
}

/** Unlike diff-files and ls-files, `git diff` looks into files whose times alone are new, without a lock. */
const changedNow = (ctx: Context, worktree: string): Promise<string[]> =>
  names(ctx, worktree, [
    "diff",
    "--name-only",
    "-z",
    "--no-renames",
    "--no-ext-diff",
    "--ignore-submodules=dirty",
  ]);

async function names(ctx: Context, worktree: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await git(ctx, worktree, args, { encoding: "latin1" });
  return stdout.split("\0").slice(0, -1);
}

const LINK = "120000";

/** Whether what lies there is the incoming file as git has it (or git-lfs), or the beginning of that. */
async function isBeginning(
  ctx: Context,
  worktree: string,
  { path, newMode, newOid }: RawEntry,
): Promise<boolean> {
  const place = placeOf(worktree, path);
  const found = await lstat(place);
  const read = ["cat-file", "blob", newOid];
  if (newMode === LINK && found.isSymbolicLink()) {
    const { stdout } = await git(ctx, worktree, read, { encoding: "latin1" });
    return stdout === (await readlink(place, "latin1"));
  }
  if (newMode === LINK || !found.isFile() || /^0+$/.test(newOid)) return false;
  if (found.size === 0) return true;
  const file = await open(place);
  try {
    const { into, same } = comparison(file);
    const large = await contentPath(ctx, worktree, newOid);
    if (large === undefined) await git(ctx, worktree, read, { into });
    else await pipeline(createReadStream(large), into);
    await finished(into);
    return same() === found.size;
  } finally {
    await file.close();
  }
}

/** Takes a blob, and tells how many bytes of the file are its beginning; -1 when they are not. */
function comparison(file: FileHandle): { into: Writable; same(): number } {
  let at = 0;
  let equal = true;
  const compare = async (chunk: Buffer): Promise<void> => {
    if (!equal) return;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(chunk.length), 0, chunk.length, at);
    equal = buffer.subarray(0, bytesRead).equals(chunk.subarray(0, bytesRead));
    at += bytesRead;
  };
  const into = new Writable({
    write: (chunk: Buffer, _encoding, done) => void compare(chunk).then(() => done(), done),
  });
  return { into, same: () => (equal ? at : -1) };
}
