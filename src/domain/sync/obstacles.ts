// Files of a host worktree that git does not track and that an update would overwrite.
import { lstatSync, type Stats } from "node:fs";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { diskOf } from "../folding/disk.ts";
import { incomingPaths, type RawDiff } from "./incoming.ts";
import { fields, textOf } from "./parse.ts";

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

async function untrackedBelow(ctx: Context, worktree: string, path: string): Promise<string[]> {
  const name = textOf(path);
  // A name that is not UTF-8 cannot be asked for: taken as in the way.
  if (!Buffer.from(name, "utf8").equals(Buffer.from(path, "latin1"))) return [name];
  const args = ["ls-files", "-z", "--others", "--directory", "--no-empty-directory", "--", name];
  const env = { GIT_LITERAL_PATHSPECS: "1" };
  const { stdout } = await git(ctx, worktree, args, { encoding: "latin1", env });
  return fields(stdout).map(textOf);
}
