// git that fails because it would ask git-lfs about a file of the host, where git-lfs is missing.
import { query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { findInPath } from "../../io/which.ts";
import { SET_UP } from "./follow.ts";

/**
 * The error of a look at the files of a worktree, in words when that is why: git asks the filter about every file that is
 * not older than its index, or has another time than it noted.
 */
export async function inWordsOfLfs(ctx: Context, worktree: string, error: unknown): Promise<unknown> {
  if (!(error instanceof ToolError) || (await findInPath("git-lfs", ctx.env)) !== undefined) return error;
  const asks = ["config", "--name-only", "--get-regexp", "^filter\\.lfs\\.(clean|process)$"];
  if ((await query(ctx, worktree, asks)) === "") return error;
  const message = `git cannot tell whether files in ${sanitize(worktree)} were changed: your configuration has large files (Git LFS), and git-lfs is not set up on this host. Your branch and files were not touched.`;
  return new UserError(message, {
    details: error.failure.stderrTail.split("\n").filter(Boolean),
    hint: SET_UP,
    exit: EXIT.refused,
    cause: error,
  });
}
