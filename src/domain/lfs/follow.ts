// Whether the host's files can follow commits with large files (Git LFS): all their content is here, and git-lfs is.
import { readObjects, sizesOf } from "../../adapters/cat-file.ts";
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { findInPath } from "../../io/which.ts";
import type { RawEntry } from "../sync/incoming.ts";
import { textOf } from "../sync/parse.ts";
import type { Refusal } from "../sync/plan.ts";
import { nameLines } from "../sync/words.ts";
import { LONGEST, mayPassForPointer, type Pointer, parsePointer } from "./pointer.ts";
import { holds, storeOf } from "./store.ts";

/** Larger files are looked at by git-lfs, too, but only their beginning could be a pointer: they are left to the user. */
const MOST_READ = 16 * 1024 * 1024;

interface Followed {
  worktree: string;
  commonDir: string;
  /** Whether the user's configuration has the filter "lfs". */
  configured: boolean;
}

/**
 * `entries` are what the commits change where they assign the filter "lfs". Undefined when the files can follow with
 * their content. A pointer without its object would make git-lfs ask a server; what only git-lfs takes for a pointer is
 * the VM's way around this look.
 */
export async function whyLargeFilesCannotFollow(
  ctx: Context,
  { branch, ...followed }: Followed & { branch: string },
  entries: readonly RawEntry[],
): Promise<(Omit<Refusal, "hint"> & { hint?: string }) | undefined> {
  const found = await faultOfLargeFiles(ctx, followed, entries);
  if (found === undefined) return undefined;
  const { why, ...rest } = found;
  const message = `The new commits of "${sanitize(branch)}" have large files (Git LFS) ${why}; your branch and files were not touched.`;
  return { message, ...rest };
}

/** The same as the end of a sentence about them. */
export async function faultOfLargeFiles(
  ctx: Context,
  { worktree, commonDir, configured }: Followed,
  entries: readonly RawEntry[],
): Promise<{ why: string; details: string[]; hint?: string } | undefined> {
  const { pointers, odd } = await lookInto(ctx, worktree, entries);
  if (odd.length > 0)
    return { why: "whose pointers are not as git-lfs writes them", details: nameLines("odd", odd) };
  if (pointers.length === 0) return undefined;
  const store = await storeOf(ctx, { directory: worktree, commonDir });
  const absent: string[] = [];
  for (const { path, pointer } of pointers) if (!(await holds(store, pointer))) absent.push(path);
  if (absent.length > 0)
    return {
      why: "whose content is neither here nor in the workspace",
      details: nameLines("missing", absent),
    };
  if (configured && (await findInPath("git-lfs", ctx.env)) !== undefined) return undefined;
  return { why: "and git-lfs is not set up on this host", details: [], hint: SET_UP };
}

export const SET_UP =
  "Install git-lfs (Debian: sudo apt-get install git-lfs; macOS: brew install git-lfs), then: git lfs install; then run the same command again.";

interface Look {
  pointers: { path: string; pointer: Pointer }[];
  odd: string[];
}

async function lookInto(ctx: Context, worktree: string, entries: readonly RawEntry[]): Promise<Look> {
  const look: Look = { pointers: [], odd: [] };
  const blobs = new Map(
    entries
      .filter(({ newMode }) => newMode.startsWith("100"))
      .map(({ newOid, path }) => [newOid, textOf(path)]),
  );
  const sizes = await sizesOf(ctx, worktree, [...blobs.keys()], "blob");
  const readable = [...sizes].flatMap(([oid, size]) => (size <= MOST_READ ? [oid] : []));
  for (const [oid, size] of sizes) if (size > MOST_READ) look.odd.push(blobs.get(oid) ?? "");
  await readObjects(ctx, worktree, readable, (oid, bytes) => {
    const path = blobs.get(oid) ?? "";
    const pointer = bytes.length <= LONGEST ? parsePointer(bytes) : undefined;
    if (pointer) look.pointers.push({ path, pointer });
    else if (mayPassForPointer(bytes)) look.odd.push(path);
  });
  return look;
}
