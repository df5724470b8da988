// Disks that do not tell names apart by case (macOS, Windows) or by the form of their Unicode: one file, several names.
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gitWords } from "../../adapters/git-words.ts";
import type { Context } from "../../context.ts";
import { fold } from "../customs/odd-names.ts";
import { incomingPaths, type RawDiff } from "../sync/incoming.ts";
import { asGitFolds, respelled } from "./meetings.ts";

/** Whether the disk takes another spelling of a name that lies in the directory for the same; the name in small letters. */
export function foldsNames(directory: string, name: string): boolean {
  const other = name.toUpperCase();
  if (lstatSync(join(directory, other), { throwIfNoEntry: false }) === undefined) return false;
  return !readdirSync(directory).includes(other);
}

export const worktreeFolds = (worktree: string): boolean => foldsNames(worktree, ".git");

/** How the paths of an update lie on the disk; bytes, one character each. */
export interface Disk {
  /** As it is spelled there; what is not there keeps its spelling. */
  spelled(path: string): string;
  /** What lies there is a tracked file that goes with the update: it comes under this spelling. */
  leaves(path: string): boolean;
}

const PLAIN: Disk = { spelled: (path) => path, leaves: () => false };

/** `diff` is from what is checked out, and clean, to what comes. */
export async function diskOf(ctx: Context, worktree: string, diff: RawDiff): Promise<Disk> {
  if (!worktreeFolds(worktree)) return PLAIN;
  const spelled = (path: string) => spelledBelow(worktree, path);
  const going = goingBelowOtherNames(diff);
  const watched = await watchedOf(ctx, worktree, new Set(going.values()));
  return {
    spelled,
    leaves: (path) => {
      const old = going.get(path);
      return old !== undefined && watched.has(old) && spelled(old) === spelled(path);
    },
  };
}

/** Paths that must be free → the tracked path that goes and differs in nothing but its spelling. */
function goingBelowOtherNames(diff: RawDiff): Map<string, string> {
  const gone = [...diff].flatMap(({ path, status }) => (status === "D" ? [path] : []));
  const byFold = new Map(gone.map((path) => [asGitFolds(path), path]));
  const pairs = [...incomingPaths(diff)].map(({ path }) => [path, byFold.get(asGitFolds(path))] as const);
  const asGit = pairs.flatMap(([path, old]) =>
    old === undefined || old === path ? [] : [[path, old] as const],
  );
  return new Map([...asGit, ...respelled(diff)]);
}

/** Those that git looks at: what it was told not to (a sparse checkout) may be the user's own file on the disk. */
async function watchedOf(
  ctx: Context,
  worktree: string,
  paths: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const watched = new Set<string>();
  if (paths.size === 0) return watched;
  for await (const words of gitWords(ctx, worktree, ["ls-files", "-v", "-z"])) {
    for (const word of words) {
      const path = word.slice(2);
      if (word.startsWith("H ") && paths.has(path)) watched.add(path);
    }
  }
  return watched;
}

function spelledBelow(worktree: string, path: string): string {
  let at = "";
  for (const name of path.split("/")) at += `${at && "/"}${spelledIn(Buffer.from(`${worktree}/`), at, name)}`;
  return at;
}

function spelledIn(worktree: Buffer, above: string, name: string): string {
  const there = namesIn(Buffer.concat([worktree, Buffer.from(above, "latin1")]));
  if (there.includes(name)) return name;
  const wanted = fold(name);
  return there.find((one) => fold(one) === wanted) ?? name;
}

function namesIn(directory: Buffer): string[] {
  try {
    return readdirSync(directory, { encoding: "buffer" }).map((one) => one.toString("latin1"));
  } catch {
    // It is not there, or no directory: nothing in it has another spelling.
    return [];
  }
}
