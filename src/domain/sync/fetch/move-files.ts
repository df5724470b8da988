// Index and files of a work tree go from one commit's to another's; what was begun is taken back when git fails.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { worktreeFolds } from "../../folding/disk.ts";
import { respelled } from "../../folding/meetings.ts";
import { FROM_STORE, WITH_CONTENT } from "../../lfs/checkout.ts";
import type { RawDiff } from "../incoming.ts";
import { textOf } from "../parse.ts";
import { rawDiff } from "../push/overwriting.ts";
import { beforeMove, takeBack } from "./take-back.ts";

export interface Way {
  worktree: string;
  /** The old commit, the new one, and a tree between them where git cannot go in one step. */
  trees: readonly string[];
  /** From the first to the last. */
  diff: RawDiff;
  /** Paths that the tree between has not; to show. */
  apart: readonly string[];
}

/**
 * How the files get there. Where a name changes its form alone on a disk that takes both for one, git would call the old
 * file one in the way: it goes first, and comes back under its new name.
 */
export async function wayOf(
  ctx: Context,
  worktree: string,
  { from, to, diff }: { from: string; to: string; diff: RawDiff },
): Promise<Way> {
  const olds = worktreeFolds(worktree) ? [...respelled(diff).values()] : [];
  if (olds.length === 0) return { worktree, trees: [from, to], diff, apart: [] };
  const between = await treeWithout(ctx, worktree, from, olds);
  return { worktree, trees: [from, between, to], diff, apart: olds.map(textOf) };
}

/** A commit's tree without some of its paths, made in an index of our own. */
async function treeWithout(
  ctx: Context,
  worktree: string,
  commit: string,
  paths: readonly string[],
): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), "agent-vm-index-"));
  try {
    const env = { GIT_INDEX_FILE: join(scratch, "index") };
    await git(ctx, worktree, ["read-tree", commit], { env });
    const none = `0 ${"0".repeat(commit.length)}`;
    const input = Buffer.from(paths.map((path) => `${none}\t${path}\0`).join(""), "latin1");
    await git(ctx, worktree, ["update-index", "-z", "--index-info"], { env, input });
    const { stdout } = await git(ctx, worktree, ["write-tree", "--missing-ok"], { env });
    return stdout.trim();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export interface Failure {
  cause: unknown;
  /** What is not as it was, as text; not cleaned. */
  strange: string[];
}

/**
 * git's own two-way merge: paths that the commits do not touch are left alone, and untracked files are never
 * overwritten. Ignored ones would be, so hostPathsInTheWay() must have been asked just before. Undefined when done.
 */
export async function moveFiles(ctx: Context, way: Way): Promise<Failure | undefined> {
  const { worktree, trees } = way;
  const diffs = trees.length === 2 ? [way.diff] : await diffsAlong(ctx, worktree, trees);
  // Also after Ctrl-C, which must not leave half of the files there.
  const calm = { ...ctx, signal: new AbortController().signal };
  for (const [at, diff] of diffs.entries()) {
    const begun = beforeMove(worktree, diff);
    try {
      await step(ctx, worktree, trees.slice(at, at + 2));
    } catch (cause) {
      const strange = await takeBack(calm, begun).catch(() => [UNSEEN]);
      const back =
        at === 0
          ? []
          : await moveBack(calm, { ...way, trees: trees.slice(0, at + 1) }).then(none, () => way.apart);
      return { cause, strange: [...strange, ...back] };
    }
  }
  return undefined;
}

const UNSEEN = "what was being written could not be looked at";
const none = () => [];

/** The files of the way's end become those of its beginning again. Throws ToolError where something was edited. */
export async function moveBack(ctx: Context, { worktree, trees }: Way): Promise<void> {
  const back = trees.toReversed();
  for (let at = 0; at + 1 < back.length; at += 1) await step(ctx, worktree, back.slice(at, at + 2));
}

async function diffsAlong(ctx: Context, worktree: string, trees: readonly string[]): Promise<RawDiff[]> {
  const found: RawDiff[] = [];
  for (const [at, to] of trees.slice(1).entries())
    found.push(await rawDiff(ctx, worktree, trees[at] ?? to, to));
  return found;
}

/** Large files (Git LFS) by the user's own filter; who asks has seen that all it needs is here. */
const step = (ctx: Context, worktree: string, fromAndTo: readonly string[]) =>
  git(ctx, worktree, [...FROM_STORE, "read-tree", "-m", "-u", ...fromAndTo], { env: WITH_CONTENT });
