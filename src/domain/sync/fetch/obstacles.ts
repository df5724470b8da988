// Files of a host worktree that git does not track and that an update would overwrite.
import { lstatSync, readdirSync, type Stats } from "node:fs";
import { gitWords } from "../../../adapters/git-words.ts";
import type { Context } from "../../../context.ts";
import { diskOf } from "../../folding/disk.ts";
import { incomingPaths, type RawDiff } from "../incoming.ts";
import { textOf } from "../parse.ts";

/** The paths in the way of a diff from what is checked out in `worktree`, untracked and ignored alike. */
export async function hostPathsInTheWay(ctx: Context, worktree: string, diff: RawDiff): Promise<string[]> {
  const hits: string[] = [];
  const disk = await diskOf(ctx, worktree, diff);
  for (const { path, as } of incomingPaths(diff)) {
    const found = lookAt(placeOf(worktree, path));
    if (found === undefined || disk.leaves(path)) continue;
    // git finds what it does not track by the disk's own spelling alone.
    const here = disk.spelled(path);
    const other = here === path ? "" : `, which this disk takes for ${textOf(path)}`;
    if (!found.isDirectory()) hits.push(textOf(here) + other);
    else if (as === "file") hits.push(...(await untrackedBelow(ctx, worktree, here)));
  }
  return hits;
}

/** A path of git's, bytes one character each, as the system takes it. */
export const placeOf = (worktree: string, path: string): Buffer =>
  Buffer.concat([Buffer.from(`${worktree}/`), Buffer.from(path, "latin1")]);

/** Undefined where nothing is, also because something above it is not a directory: that one is in the list itself. */
export function lookAt(path: Buffer): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * What lies in a directory and is not tracked, whole directories by their name. By the disk, because git says nothing of
 * a repository in a directory of tracked files, or of a submodule's files, and removes both with the directory.
 */
async function untrackedBelow(ctx: Context, worktree: string, path: string): Promise<string[]> {
  const files = new Set<string>();
  const directories = new Set<string>();
  for await (const words of gitWords(ctx, worktree, ["ls-files", "-z"])) {
    for (const tracked of words) {
      if (tracked === path || tracked.startsWith(`${path}/`)) files.add(tracked);
      for (let at = tracked.lastIndexOf("/"); at >= path.length; at = tracked.lastIndexOf("/", at - 1))
        directories.add(tracked.slice(0, at));
    }
  }
  const look = (at: string): string[] => {
    const isDirectory = lookAt(placeOf(worktree, at))?.isDirectory();
    if (!isDirectory) return files.has(at) ? [] : [at];
    const found = namesIn(worktree, at).flatMap((name) => look(`${at}/${name}`));
    return found.length > 0 && !directories.has(at) ? [`${at}/`] : found;
  };
  return look(path).map(textOf);
}

const namesIn = (worktree: string, path: string): string[] =>
  readdirSync(placeOf(worktree, path), { encoding: "buffer" }).map((name) => name.toString("latin1"));
