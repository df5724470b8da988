// What a save holds that the host's repository has not: counted in the vault.
import { existsSync } from "node:fs";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { ToolError } from "../../errors.ts";
import type { Save } from "./save.ts";
import { vaultPath } from "./vault.ts";

export interface Holdings {
  save: Save;
  /** Commits that no reference of the host's repository reaches; undefined where git cannot count them: in a bundle. */
  commits?: number;
  /** Files that differ from the commit that was checked out, untracked and ignored ones among them. */
  files?: number;
  /** On this host's disk, beyond what the host's own history takes. */
  bytes: number;
  /** Its references or objects are not all there. */
  damaged: boolean;
}

/** Never throws for a damaged save. */
export async function holdingsOf(ctx: Context, save: Save): Promise<Holdings> {
  const pieces = save.files.reduce((sum, piece) => sum + piece.bytes, 0);
  const { gitDir } = vaultPath(ctx, save.repoId);
  if (save.bundled || save.refs.length === 0) return { save, bytes: pieces, damaged: false };
  if (!existsSync(gitDir)) return { save, bytes: pieces, damaged: true };
  try {
    const commits = await countCommits(ctx, gitDir, save);
    const files = await countFiles(ctx, gitDir, save);
    const bytes = pieces + (await sizeOf(ctx, gitDir, save));
    return { save, commits, files, bytes, damaged: false };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { save, bytes: pieces, damaged: true };
  }
}

const oidOf = (save: Save, name: string): string | undefined =>
  save.refs.find((ref) => ref.name === name)?.oid;

/** Git reads these from standard input: no argument list is long enough for all that a save may hold. */
const beyondHost = (oids: readonly string[]): string =>
  `${[...oids, "--not", "--glob=refs/host/*"].join("\n")}\n`;

async function countCommits(ctx: Context, gitDir: string, save: Save): Promise<number> {
  const real = save.refs.filter(({ name }) => /^(own\/(head|earlier)$|refs\/(?!stash$))/.test(name));
  if (real.length === 0) return 0;
  const input = beyondHost(real.map(({ oid }) => oid));
  const { stdout } = await git(ctx, gitDir, ["rev-list", "--count", "--stdin"], { input });
  // `own/earlier` is a commit of ours that names others.
  return Number(stdout) - (oidOf(save, "own/earlier") === undefined ? 0 : 1);
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

async function sizeOf(ctx: Context, gitDir: string, save: Save): Promise<number> {
  const input = beyondHost(save.refs.map(({ oid }) => oid));
  const { stdout } = await git(ctx, gitDir, ["rev-list", "--objects", "--disk-usage", "--stdin"], { input });
  return Number(stdout);
}
