// Where the host has a branch checked out, and whether its files may follow the branch there.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { withoutUntouched } from "../clones/untouched.ts";
import { areOneRef } from "../folding/refs.ts";
import { inWordsOfLfs } from "../lfs/absent.ts";
import type { Checkout } from "../sync/fetch/plan-fetch.ts";
import { changedPaths } from "../sync/parse.ts";
import { quoted } from "../sync/plan.ts";
import type { BranchName } from "./names.ts";
import type { Repository } from "./repository.ts";
import { type WorkTree, workTreeOf } from "./work-tree.ts";

interface Worktree {
  path: string;
  branch?: string;
  bare: boolean;
}

/** Every worktree that has the branch checked out or is rebasing it. `next` is the commit it may be moved to. */
export async function checkoutsOf(
  ctx: Context,
  repo: Repository,
  branch: BranchName,
  next?: string,
): Promise<Checkout[]> {
  const { stdout } = await git(ctx, repo.directory, ["worktree", "list", "--porcelain", "-z"]);
  const found: Checkout[] = [];
  for (const worktree of parseWorktrees(stdout)) {
    if (worktree.bare) continue;
    const mine = worktree.branch === `refs/heads/${branch}`;
    if (mine && !existsSync(worktree.path)) {
      found.push({
        ...NOTHING,
        path: worktree.path,
        unusable: "whose directory is gone (git worktree prune)",
      });
    } else if (mine) {
      const { top, gitDir } = await placeOfFiles(ctx, repo, worktree.path);
      const lost = "whose files lie where git does not tell (run the command from there)";
      found.push(
        top === undefined
          ? { ...NOTHING, path: worktree.path, unusable: lost }
          : await lookAt(ctx, top, { next, gitDir }),
      );
    } else if (
      worktree.branch !== undefined &&
      areOneRef(repo.commonDir, worktree.branch, `refs/heads/${branch}`)
    ) {
      found.push({ ...NOTHING, path: worktree.path, unusable: underAnotherName(worktree.branch, branch) });
    } else if (worktree.branch === undefined && (await isRebasing(ctx, worktree.path, branch))) {
      found.push({ ...NOTHING, path: worktree.path, unusable: "in the middle of a rebase" });
    }
  }
  return found;
}

/** `git switch WORK` is content with a branch `work` there, and HEAD has that name from then on. */
const underAnotherName = (ref: string, branch: BranchName): string =>
  `under the name "${sanitize(ref.replace(/^refs\/heads\//, ""))}", which is the same branch on this disk (there: git symbolic-ref HEAD ${quoted(`refs/heads/${branch}`)})`;

/**
 * Where the files of a worktree lie: a path that is to be compared with the disk would be looked for in another place and
 * found free. Git lists the main one where its git directory lies, or as that itself. A submodule's git directory, and
 * the setting core.worktree, name the files; with --separate-git-dir they alone know their git directory, also one that
 * is called `.git`, which git then takes for one among its files.
 */
async function placeOfFiles(ctx: Context, repo: Repository, listed: string): Promise<WorkTree> {
  const there = await workTreeOf(ctx, listed);
  if (repo.directory === listed) return there;
  const here = await workTreeOf(ctx, repo.directory);
  return here.gitDir === there.gitDir && here.top !== undefined ? here : there;
}

const NOTHING = { changed: [], operations: [] };

export function parseWorktrees(list: string): Worktree[] {
  const found: Worktree[] = [];
  for (const line of list.split("\0")) {
    const last = found.at(-1);
    if (line.startsWith("worktree ")) found.push({ path: line.slice("worktree ".length), bare: false });
    else if (line.startsWith("branch ") && last) last.branch = line.slice("branch ".length);
    else if (line === "bare" && last) last.bare = true;
  }
  return found;
}

const OPERATIONS = [
  "MERGE_HEAD",
  "rebase-merge",
  "rebase-apply",
  "CHERRY_PICK_HEAD",
  "REVERT_HEAD",
  "BISECT_LOG",
];

/**
 * What keeps the files of a work tree from following. Files of its submodules are their own; see follow.ts. Throws
 * UserError (4) when git-lfs, which git must ask for that, is missing.
 */
export async function lookAt(
  ctx: Context,
  path: string,
  { next, gitDir }: { next?: string | undefined; gitDir?: string } = {},
): Promise<Checkout> {
  const args = [
    "status",
    "--porcelain=v2",
    "-z",
    "--no-renames",
    "--untracked-files=no",
    "--ignore-submodules=dirty",
  ];
  const { stdout } = await git(ctx, path, args, { encoding: "latin1" }).catch(async (error: unknown) => {
    throw await inWordsOfLfs(ctx, path, error);
  });
  const own = gitDir ?? (await gitDirOf(ctx, path));
  const operations = OPERATIONS.filter((name) => existsSync(join(own, name)));
  const changed = changedPaths(await withoutUntouched(ctx, path, stdout), "without submodules");
  const arrived = changed.length > 0 && next !== undefined && (await isAt(ctx, path, next));
  return { path, changed, operations, ...(arrived && { arrived }) };
}

/** Whether index and files are exactly a commit's: all that such changes say is in that commit. */
async function isAt(ctx: Context, path: string, oid: string): Promise<boolean> {
  for (const kind of [["--cached"], []]) {
    const args = ["diff-index", "--quiet", ...kind, "--ignore-submodules=dirty", oid, "--"];
    if ((await git(ctx, path, args, { ok: [0, 1, 128] })).code !== 0) return false;
  }
  return true;
}

/** While a branch is being rebased, its worktree is detached and git still means to move it at the end. */
async function isRebasing(ctx: Context, path: string, branch: BranchName): Promise<boolean> {
  if (!existsSync(path)) return false;
  const gitDir = await gitDirOf(ctx, path);
  for (const kind of ["rebase-merge", "rebase-apply"]) {
    const name = await readFile(join(gitDir, kind, "head-name"), "utf8").catch(() => "");
    if (name.trim() === `refs/heads/${branch}`) return true;
  }
  return false;
}

async function gitDirOf(ctx: Context, path: string): Promise<string> {
  const { stdout } = await git(ctx, path, ["rev-parse", "--absolute-git-dir"]);
  return stdout.replace(/\n$/, "");
}
