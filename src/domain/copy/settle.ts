// From the stage to the destination by rename: what is there already is compared first, and never written through.
import {
  closeSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  type Stats,
  symlinkSync,
} from "node:fs";
import { UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";

/** Paths as bytes. */
interface Step {
  from: Buffer;
  to: Buffer;
  how: "new" | "over";
  kind: Kind;
}
type Kind = "file" | "directory" | "link" | "other";

export interface Settling {
  steps: Step[];
  /** Files that are there with another content. */
  differing: Buffer[];
  /** A directory in the place of a file, or the other way round, or a link where a directory is needed. */
  clashing: Buffer[];
  /** Files that are there with the same content. */
  same: number;
}

export const join = (directory: Buffer, name: Buffer): Buffer =>
  Buffer.concat([directory, Buffer.from("/"), name]);

/** Changes nothing. `pairs` are files or directories of the stage, and where each is to be. */
export function planSettling(pairs: readonly { from: Buffer; to: Buffer }[]): Settling {
  const plan: Settling = { steps: [], differing: [], clashing: [], same: 0 };
  for (const pair of pairs) look(plan, pair);
  return plan;
}

/** What lies in a directory of the stage, each with its place in another directory. */
export const contentPairs = (from: Buffer, to: Buffer): { from: Buffer; to: Buffer }[] =>
  readdirSync(from, { encoding: "buffer" }).map((name) => ({ from: join(from, name), to: join(to, name) }));

function look(plan: Settling, { from, to }: { from: Buffer; to: Buffer }): void {
  const kind = kindOf(lstatSync(from));
  const there = lstatSync(to, { throwIfNoEntry: false });
  const old = there && kindOf(there);
  if (old === undefined) plan.steps.push({ from, to, how: "new", kind });
  else if (kind === "directory" && old === "directory")
    for (const pair of contentPairs(from, to)) look(plan, pair);
  else if (kind === "directory" || old === "directory") plan.clashing.push(to);
  else if (kind === old && isSame(from, to, kind)) plan.same += 1;
  else {
    plan.differing.push(to);
    plan.steps.push({ from, to, how: "over", kind });
  }
}

function kindOf(seen: Stats): Kind {
  if (seen.isSymbolicLink()) return "link";
  if (seen.isDirectory()) return "directory";
  return seen.isFile() ? "file" : "other";
}

/**
 * Each step is whole or not there. Throws UserError when something has come to a place that was free; nothing is
 * replaced then that was not to be.
 */
export function settle({ steps }: Settling): void {
  for (const { from, to, how, kind } of steps) {
    try {
      if (how === "over" || kind === "directory") renameSync(from, to);
      else if (kind === "link") symlinkSync(readlinkSync(from, { encoding: "buffer" }), to);
      else placeNew(from, to);
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException;
      if (syscall === undefined && code !== "EEXIST") throw error;
      if (!["EEXIST", "ENOTEMPTY", "ENOTDIR", "EISDIR"].includes(code ?? "")) throw notPlaced(to, error);
      throw new UserError(`Something came to ${sanitize(to.toString())} meanwhile, and is left alone.`, {
        hint: "See what it is, then run the same command again.",
        cause: error,
      });
    }
  }
}

/** A directory that lets nobody in, another file system, a directory that went away: the error names our own. */
const notPlaced = (to: Buffer, error: unknown): UserError =>
  new UserError(
    `${sanitize(to.toString())} cannot be put in its place (${(error as NodeJS.ErrnoException).code}).`,
    {
      hint: "What comes before it is in its place. Look at its directory, then run the same command again.",
      cause: error,
    },
  );

/** Unlike a rename, a hard link never replaces. Some file systems have none. */
function placeNew(from: Buffer, to: Buffer): void {
  try {
    linkSync(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(code ?? "")) throw error;
    if (lstatSync(to, { throwIfNoEntry: false }))
      throw Object.assign(new Error("exists"), { code: "EEXIST" });
    renameSync(from, to);
  }
}

const BLOCK = 256 * 1024;

function isSame(one: Buffer, other: Buffer, kind: Kind): boolean {
  if (kind === "link")
    return readlinkSync(one, { encoding: "buffer" }).equals(readlinkSync(other, { encoding: "buffer" }));
  if (kind !== "file" || lstatSync(one).size !== lstatSync(other).size) return false;
  const files = [openSync(one, "r"), openSync(other, "r")] as const;
  try {
    const blocks = [Buffer.alloc(BLOCK), Buffer.alloc(BLOCK)] as const;
    for (;;) {
      const [read = 0, also = 0] = files.map((file, at) => readSync(file, blocks[at] as Buffer));
      if (read !== also || !blocks[0].subarray(0, read).equals(blocks[1].subarray(0, read))) return false;
      if (read === 0) return true;
    }
  } finally {
    for (const file of files) closeSync(file);
  }
}
