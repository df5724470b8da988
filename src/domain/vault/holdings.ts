// What a save holds that the host's repository has not: counted in the vault.
import { existsSync } from "node:fs";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { ToolError } from "../../errors.ts";
import { bytesOf, hasAll } from "../lfs/kept.ts";
import type { Save } from "./save.ts";
import { vaultPath } from "./vault.ts";

export interface Holdings {
  save: Save;
  /** Commits that no reference of the host's repository reaches; undefined where git cannot count them: in a bundle. */
  commits?: number;
  /** Files that differ from the commit that was checked out, untracked and ignored ones among them. */
  files?: number;
  /** A merge, rebase, cherry-pick, revert or bisect was under way. */
  operation: boolean;
  /** On this host's disk, beyond what the host's own history takes. */
  bytes: number;
  /** Its references or objects are not all there. */
  damaged: boolean;
}

/** Never throws for a damaged save. */
export async function holdingsOf(ctx: Context, save: Save): Promise<Holdings> {
  const vault = vaultPath(ctx, save.repoId);
  const { gitDir } = vault;
  const pieces = save.files.reduce((sum, piece) => sum + piece.bytes, await bytesOf(vault, save));
  if (save.bundled || save.refs.length === 0) return { save, bytes: pieces, ...SOUND };
  if (!existsSync(gitDir)) return { save, bytes: pieces, ...SOUND, damaged: true };
  try {
    const commits = await countCommits(ctx, gitDir, save);
    const files = await countFiles(ctx, gitDir, save);
    const bytes = pieces + (await sizeOf(ctx, gitDir, save));
    const operation = await isUnderWay(ctx, gitDir, save);
    return { save, commits, files, operation, bytes, damaged: !(await hasAll(vault, save)) };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { save, bytes: pieces, ...SOUND, damaged: true };
  }
}

const SOUND = { operation: false, damaged: false };

const UNDER_WAY = /^((MERGE|CHERRY_PICK|REVERT)_HEAD|BISECT_LOG|rebase-merge|rebase-apply)$/;

/** `own/state` also holds what git leaves behind afterwards, like ORIG_HEAD. */
async function isUnderWay(ctx: Context, gitDir: string, save: Save): Promise<boolean> {
  const state = oidOf(save, "own/state");
  if (state === undefined) return false;
  const { stdout } = await git(ctx, gitDir, ["ls-tree", "--name-only", state]);
  return stdout.split("\n").some((name) => UNDER_WAY.test(name));
}

const oidOf = (save: Save, name: string): string | undefined =>
  save.refs.find((ref) => ref.name === name)?.oid;

/** `git rev-list` of what objects reach and no reference of the host does. No argument list is long enough for them. */
async function beyondHost(
  ctx: Context,
  gitDir: string,
  oids: readonly string[],
  how: readonly string[],
): Promise<number> {
  const input = oids.map((oid) => `${oid}\n`).join("");
  const args = ["rev-list", ...how, "--stdin", "--not", "--glob=refs/host/*", "--"];
  return Number((await git(ctx, gitDir, args, { input })).stdout);
}

async function countCommits(ctx: Context, gitDir: string, save: Save): Promise<number> {
  const real = save.refs.filter(({ name }) => /^(own\/(head|earlier)$|refs\/(?!stash$))/.test(name));
  if (real.length === 0) return 0;
  const oids = real.map(({ oid }) => oid);
  const count = await beyondHost(ctx, gitDir, oids, ["--count"]);
  // `own/earlier` is a commit of ours that names others.
  return count - (oidOf(save, "own/earlier") === undefined ? 0 : 1);
}

async function countFiles(ctx: Context, gitDir: string, save: Save): Promise<number> {
  const head = oidOf(save, "own/head");
  const tree = oidOf(save, "own/tree");
  if (tree === undefined) return 0;
  const args =
    head === undefined
      ? ["ls-tree", "-r", "-z", "--name-only", tree]
      : ["diff-tree", "-r", "-z", "--no-renames", "--name-only", head, tree, "--"];
  const { stdout } = await git(ctx, gitDir, args, { encoding: "latin1" });
  return stdout.split("\0").length - 1;
}

const sizeOf = (ctx: Context, gitDir: string, save: Save): Promise<number> => {
  const oids = save.refs.map(({ oid }) => oid);
  return beyondHost(ctx, gitDir, oids, ["--objects", "--disk-usage"]);
};
