// Moves a branch of the host from one commit to another by compare-and-swap, its files with it where they are checked out.
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { EXIT, ToolError, UserError } from "../../../errors.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import { meetingsIn, namesThatMeet } from "../../folding/refuse.ts";
import { whyLargeFilesCannotFollow } from "../../lfs/follow.ts";
import { wasUsed } from "../../lfs/store.ts";
import type { RawDiff } from "../incoming.ts";
import { filtersAtWork, pathsInTheWay, quoted, type Refusal } from "../plan.ts";
import { rawDiff } from "../push/overwriting.ts";
import { refusal } from "../refusal.ts";
import { nameLines } from "../words.ts";
import { assignedFilters } from "./filters.ts";
import { moveBack, moveFiles, type Way, wayOf } from "./move-files.ts";
import { hostPathsInTheWay } from "./obstacles.ts";

export interface Move {
  branch: string;
  from: string;
  to: string;
  /** Where the repository's stores are. */
  commonDir: string;
  /** The worktree that has it checked out, with no tracked change; undefined when none has. */
  path?: string;
  /** The worktree's files are those of `to` already. */
  arrived?: boolean;
  /** A reference that keeps `from`, made in the same transaction. */
  keep?: string;
  /** What the reflog says. */
  why: string;
  /** Where the workspace's commits are, and the git command that does the same by hand. */
  ref: string;
  byHand: string;
}

/** Throws UserError (4), with everything as it was, when the files cannot follow or the branch has moved meanwhile. */
export async function advance(ctx: Context, directory: string, move: Move): Promise<void> {
  const { path } = move;
  if (path === undefined || move.arrived) return swap(ctx, path ?? directory, move);
  const diff = await rawDiff(ctx, path, move.from, move.to);
  const refused = await whyFilesCannotFollow(ctx, { ...move, path }, diff);
  if (refused) throw refusal(refused);
  await requireStill(ctx, path, move);
  await refreshIndex(ctx, path);
  const way = await wayOf(ctx, path, { ...move, diff });
  await bringFiles(ctx, way, move);
  try {
    await requireStill(ctx, path, move);
    await swap(ctx, path, move);
  } catch (error) {
    await putBack(ctx, way, move, error);
    throw error;
  }
}

/**
 * Files that only look changed by their dates would stop read-tree. It fails where a lock of git's lies or a filter of
 * the user's is missing; then so does what follows, and says why.
 */
export const refreshIndex = (ctx: Context, worktree: string) =>
  git(ctx, worktree, ["update-index", "-q", "--refresh"], { ok: "any" });

/** The old files, after the branch could not move. Throws UserError (4) when they were edited in that moment. */
async function putBack(ctx: Context, way: Way, move: Move, why: unknown): Promise<void> {
  const { branch, from, to, ref } = move;
  const path = way.worktree;
  try {
    await moveBack(ctx, way);
  } catch (cause) {
    if (!(cause instanceof ToolError)) throw cause;
    const first = why instanceof UserError ? [why.message, ...why.details] : [];
    const place = quoted(sanitize(path));
    throw new UserError(
      `Your branch "${sanitize(branch)}" was not moved, but the files in ${sanitize(path)} are the new ones already; they could not be put back.`,
      {
        details: [...first, ...cause.failure.stderrTail.split("\n").filter(Boolean)],
        hint: `The new files are those of ${quoted(ref)}. Look with: git -C ${place} status. If "${sanitize(branch)}" is checked out there and still at ${from.slice(0, 12)}, it follows the files, with your edits as they are: git -C ${place} reset --keep ${to}`,
        exit: EXIT.refused,
        cause,
      },
    );
  }
}

/** Makes a branch that does not exist. */
export async function create(ctx: Context, directory: string, branch: string, to: string): Promise<void> {
  const args = [
    "update-ref",
    "-m",
    "agent-vm fetch: Created",
    `refs/heads/${branch}`,
    to,
    "0".repeat(to.length),
  ];
  try {
    await git(ctx, directory, args);
  } catch (cause) {
    throw notMoved(branch, cause);
  }
}

/** What a filter of the host would do to the files, or what lies in the way; undefined when the files can follow. */
async function whyFilesCannotFollow(
  ctx: Context,
  move: Move & { path: string },
  diff: RawDiff,
): Promise<Refusal | undefined> {
  const { path, branch, to, ref, commonDir } = move;
  const used = await wasUsed(commonDir);
  const filters = await assignedFilters(ctx, path, { now: to, diff, lfs: used });
  const hint = `The commits are in ${quoted(ref)}. Look at them, then in ${sanitize(path)}: ${move.byHand}`;
  if (filters.names.length > 0) return { ...filtersAtWork(branch, path, ref, filters.names), hint };
  const where = { branch, worktree: path, commonDir, configured: filters.lfs };
  const large = filters.large.length > 0 && (await whyLargeFilesCannotFollow(ctx, where, filters.large));
  if (large) return { hint, ...large };
  const pairs = await meetingsIn(ctx, path, { diff, to });
  if (pairs.length > 0) return namesThatMeet(move, pairs);
  const hits = await hostPathsInTheWay(ctx, path, diff);
  if (hits.length === 0) return undefined;
  return pathsInTheWay(sanitize(path), hits, `Move them away, then: agent-vm fetch ${quoted(branch)}`);
}

/** The user may have switched to another branch meanwhile. */
async function requireStill(ctx: Context, path: string, move: Move): Promise<void> {
  const { stdout } = await git(ctx, path, ["symbolic-ref", "-q", "HEAD"], { ok: [0, 1] });
  if (stdout.replace(/\n$/, "") === `refs/heads/${move.branch}`) return;
  throw new UserError(`${sanitize(path)} has another branch checked out by now; nothing was moved.`, {
    hint: `Run the same command again. The workspace's commits are in ${quoted(move.ref)}.`,
    exit: EXIT.refused,
  });
}

async function bringFiles(ctx: Context, way: Way, move: Move): Promise<void> {
  const failed = await moveFiles(ctx, way);
  if (failed === undefined) return;
  const { cause, strange } = failed;
  const { worktree } = way;
  const left = nameLines("not as it was", strange);
  if (left.length === 0) throw notMoved(move.branch, cause, move.ref);
  if (!(cause instanceof ToolError)) ctx.out.warn(left.join("\n"));
  throw notMoved(move.branch, cause, move.ref, { left, worktree });
}

async function swap(ctx: Context, directory: string, move: Move): Promise<void> {
  const lines = [`update refs/heads/${move.branch} ${move.to} ${move.from}`];
  // Kept once is kept.
  if (move.keep !== undefined) lines.push(`update ${move.keep} ${move.from}`);
  const input = lines.map((line) => `${line}\n`).join("");
  try {
    await git(ctx, directory, ["update-ref", "-m", move.why, "--stdin"], { input });
  } catch (cause) {
    throw notMoved(move.branch, cause, move.ref);
  }
}

/** `files`: what git had begun to write in a worktree, and what could not be taken back for certain. */
function notMoved(
  branch: string,
  cause: unknown,
  ref?: string,
  files?: { left: readonly string[]; worktree: string },
): unknown {
  if (!(cause instanceof ToolError)) return cause;
  const where = ref === undefined ? "" : `The workspace's commits are in ${quoted(ref)}. `;
  const look = files && `Look at those files first: git -C ${quoted(files.worktree)} status. `;
  const rest = files ? "; some of its files are not" : "";
  return new UserError(`Your branch "${sanitize(branch)}" could not be moved; it is as it was${rest}.`, {
    details: [...cause.failure.stderrTail.split("\n").filter(Boolean), ...(files?.left ?? [])],
    hint: `${where}${look ?? ""}Run the same command again.`,
    exit: EXIT.refused,
    cause,
  });
}
