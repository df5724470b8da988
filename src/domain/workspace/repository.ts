// The host's repository around the current directory, and its identity.
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { claimedId, lastSeen, noticeMove, repositoryId } from "./identity.ts";

export interface Repository {
  /** Where git is asked: the worktree directory the user stands in. */
  directory: string;
  /** Shared by all linked worktrees; absolute. */
  commonDir: string;
  /** The directory's name as the user knows it. */
  name: string;
  /** Random, kept in the repository's own configuration. */
  id: string;
  objectFormat: "sha1" | "sha256";
  shallow: boolean;
}

/** The directory in which a command looks for its repository. */
export const givenDirectory = (ctx: Pick<Context, "cwd" | "flags">): string =>
  resolve(ctx.cwd, ctx.flags.repo ?? ".");

/** The repository of `--repo` or around the current directory, identified. Throws UserError (2) when there is none. */
export async function findRepository(ctx: Context): Promise<Repository> {
  const directory = givenDirectory(ctx);
  if (!(await isDirectory(directory))) {
    throw new UserError(`There is no directory ${sanitize(directory)}.`, { hint: HINT, exit: EXIT.usage });
  }
  const claimed = claimedId(ctx, directory);
  const facts = await lookAround(ctx, directory);
  const [bare, objectFormat, shallow, ...path] = facts.split("\n");
  if (bare === "true") {
    throw new UserError(`${sanitize(directory)} is a bare repository: it has no files to work on.`, {
      hint: "Use a clone with a working tree, or a linked worktree of this one (git worktree add).",
      exit: EXIT.usage,
    });
  }
  const commonDir = path.join("\n");
  return {
    directory,
    commonDir,
    name: repositoryName(commonDir),
    id: await repositoryId(ctx, commonDir, claimed),
    objectFormat: objectFormat === "sha256" ? "sha256" : "sha1",
    shallow: shallow === "true",
  };
}

/**
 * Where repositories lie (their common git directories), by id; without those that are gone. One that was moved is
 * found when the command is called from within it.
 */
export async function repositoryPlaces(ctx: Context, ids: Iterable<string>): Promise<Map<string, string>> {
  const wanted = [...new Set(ids)];
  const places = await seenPlaces(ctx, wanted);
  const here = givenDirectory(ctx);
  if (places.size === wanted.length || !(await isDirectory(here))) return places;
  try {
    const facts = await lookAround(ctx, here);
    await noticeMove(ctx, facts.split("\n").slice(3).join("\n"));
  } catch (error) {
    if (error instanceof ToolError || error instanceof UserError) return places;
    throw error;
  }
  return seenPlaces(ctx, wanted);
}

async function seenPlaces(ctx: Context, ids: readonly string[]): Promise<Map<string, string>> {
  const places = new Map<string, string>();
  for (const id of ids) {
    const place = await lastSeen(ctx, id);
    if (place !== undefined) places.set(id, place);
  }
  return places;
}

const HINT = "Go to a git repository, or name one with --repo PATH.";

async function lookAround(ctx: Context, directory: string): Promise<string> {
  try {
    return await query(ctx, directory, [
      "rev-parse",
      "--is-bare-repository",
      "--show-object-format",
      "--is-shallow-repository",
      // Last, because a path may hold a line break.
      "--path-format=absolute",
      "--git-common-dir",
    ]);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    if (error.failure.reason === "ENOENT") throw noGit(error);
    throw await notARepository(directory, error);
  }
}

function noGit(cause: ToolError): UserError {
  return new UserError("git is not installed on this machine.", {
    hint: "Install it with your package manager, then try again.",
    exit: EXIT.notReady,
    cause,
  });
}

/** git's exit code is the same for "none here" and for "one that I do not trust": look for one ourselves. */
async function notARepository(directory: string, cause: ToolError): Promise<UserError> {
  const details = cause.failure.stderrTail.split("\n").filter(Boolean);
  for (let at = directory; ; at = dirname(at)) {
    if (await exists(join(at, ".git"))) {
      return new UserError(`git does not work with the repository in ${sanitize(at)}.`, {
        details,
        hint: "What git says above is to be put right first.",
        exit: EXIT.failed,
        cause,
      });
    }
    if (at === dirname(at)) break;
  }
  const message = `${sanitize(directory)} is not in a git repository.`;
  return new UserError(message, { hint: HINT, exit: EXIT.usage, cause });
}

/** `~/src/shop/.git` → shop, `~/src/shop.git` → shop, `~/src/shop/.bare` → shop. */
export function repositoryName(commonDir: string): string {
  const last = basename(commonDir);
  return last.startsWith(".") ? basename(dirname(commonDir)) || "repo" : last.replace(/\.git$/, "");
}

const isDirectory = (path: string) =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
