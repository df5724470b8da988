// The files of the host's submodules follow its work tree, where nothing of the user's is in the way.
import { lstat, realpath } from "node:fs/promises";
import { join } from "node:path";
import { git, query } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { ToolError, UserError } from "../../../errors.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import { meetingsIn } from "../../folding/refuse.ts";
import { faultOfLargeFiles } from "../../lfs/follow.ts";
import { refreshIndex } from "../../sync/fetch/advance.ts";
import { assignedFilters } from "../../sync/fetch/filters.ts";
import { type Failure, moveBack, moveFiles, wayOf } from "../../sync/fetch/move-files.ts";
import { hostPathsInTheWay } from "../../sync/fetch/obstacles.ts";
import { updateRefs } from "../../sync/mirror.ts";
import { rawDiff } from "../../sync/push/overwriting.ts";
import { lookAt } from "../../workspace/checkouts.ts";
import type { Site } from "./sites.ts";

/** "followed", or why not, as the middle of a sentence; undefined where it has no files or they are right already. */
export type Followed = "followed" | { not: string } | undefined;

/**
 * After the superproject's files in `worktree` moved: each populated submodule that is clean and at what the branch
 * recorded before. Its HEAD is detached then, as `git submodule update` leaves it.
 */
export async function followSubmodules(
  ctx: Context,
  worktree: string,
  sites: readonly Site[],
): Promise<Map<Site, Followed>> {
  const results = new Map<Site, Followed>();
  for (const site of sites.filter((one) => one.fresh)) {
    const stayed = [...results].some(([above, how]) => isNot(how) && site.path.startsWith(`${above.path}/`));
    results.set(site, stayed ? { not: "what it is inside of stayed" } : await followOne(ctx, worktree, site));
  }
  return results;
}

const isNot = (how: Followed): boolean => typeof how === "object";

async function followOne(ctx: Context, worktree: string, site: Site): Promise<Followed> {
  const { clone, before, oid, path } = site;
  const at = join(worktree, path);
  if (clone === undefined || !(await isPopulated(worktree, path))) return undefined;
  if (!(await isWorkTreeOf(ctx, at, clone.gitDir))) return { not: "it belongs to another clone" };
  const head = await query(ctx, at, ["rev-parse", "-q", "--verify", "HEAD^{commit}"]);
  if (head === oid) return undefined;
  if (before === undefined || head !== before)
    return { not: "it is not at the commit that your branch recorded" };
  const looked = await lookAt(ctx, at).catch(whyNotLooked);
  if ("not" in looked) return looked;
  const { changed, operations } = looked;
  if (operations.length > 0) return { not: "it is in the middle of something" };
  if (changed.length > 0) return { not: "it has uncommitted changes" };
  await hold(ctx, site, before);
  return move(ctx, { at, gitDir: clone.gitDir }, { from: before, to: oid });
}

/** The repository's own files have moved by then: it is told, and the rest goes on. */
function whyNotLooked(error: unknown): { not: string } {
  if (error instanceof UserError)
    return { not: "git-lfs, which git must ask about its files, is not set up on this host" };
  if (error instanceof ToolError) return { not: "git cannot tell whether its files were changed" };
  throw error;
}

/** What the branch recorded keeps a name, also where HEAD alone had it; a later fetch drops those that are not needed. */
function hold(ctx: Context, { home: { directory, refs } }: Site, oid: string): Promise<void> {
  return updateRefs(ctx, directory, [`update ${refs}commits/${oid} ${oid}`]);
}

async function move(
  ctx: Context,
  { at, gitDir }: { at: string; gitDir: string },
  { from, to }: { from: string; to: string },
): Promise<Followed> {
  const diff = await rawDiff(ctx, at, from, to);
  const filters = await assignedFilters(ctx, at, { now: to, diff, lfs: true });
  if (filters.names.length > 0) return { not: "a filter of this host would change its files" };
  const own = { worktree: at, commonDir: gitDir, configured: filters.lfs };
  const large = filters.large.length > 0 && (await faultOfLargeFiles(ctx, own, filters.large));
  if (large) return { not: `it has large files (Git LFS) ${large.why}` };
  const [pair] = await meetingsIn(ctx, at, { diff, to });
  if (pair !== undefined) return { not: `${sanitize(pair)} are one file on this disk` };
  const [hit] = await hostPathsInTheWay(ctx, at, diff);
  if (hit !== undefined) return { not: `${sanitize(hit)} is in the way` };
  const way = await wayOf(ctx, at, { from, to, diff });
  await refreshIndex(ctx, at);
  const failed = await moveFiles(ctx, way);
  if (failed !== undefined) return whyNotMoved(failed);
  try {
    await git(ctx, at, ["update-ref", "--no-deref", "-m", "agent-vm fetch: Submodule", "HEAD", to, from]);
    return "followed";
  } catch (cause) {
    const calm = { ...ctx, signal: new AbortController().signal };
    const strange = await moveBack(calm, way).then(none, () => [at]);
    return whyNotMoved({ cause, strange });
  }
}

const none = (): string[] => [];

function whyNotMoved({ cause, strange }: Failure): Followed {
  if (!(cause instanceof ToolError)) throw cause;
  return { not: strange.length === 0 ? "git could not write its files" : "git wrote only some of its files" };
}

/** No part of the way is a link, and git has made it a work tree. */
async function isPopulated(worktree: string, path: string): Promise<boolean> {
  let at = worktree;
  for (const part of path.split("/")) {
    at = join(at, part);
    if (
      !(await lstat(at).then(
        (found) => found.isDirectory(),
        () => false,
      ))
    )
      return false;
  }
  return lstat(join(at, ".git")).then(
    (found) => found.isFile() || found.isDirectory(),
    () => false,
  );
}

async function isWorkTreeOf(ctx: Context, at: string, gitDir: string): Promise<boolean> {
  const said = await query(ctx, at, ["rev-parse", "--absolute-git-dir"]);
  const [own, wanted] = await Promise.all([said, gitDir].map((one) => realpath(one).catch(() => undefined)));
  return own !== undefined && own === wanted;
}
