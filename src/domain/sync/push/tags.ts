// The tags that travel with a branch: those reachable from it or from its base.
import { query } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import type { Repository } from "../../workspace/repository.ts";

/** Reference → object (the tag object of an annotated one). */
export type Refs = ReadonlyMap<string, string>;

/** Every tag of the host. */
export const allTags = (ctx: Context, repo: Repository): Promise<Refs> => list(ctx, repo, []);

/**
 * Those of all the host's tags that are reachable from the commits. The history is walked only when `known`, what the
 * other side has, lacks some of them.
 */
export async function tagsReachableFrom(
  ctx: Context,
  repo: Repository,
  commits: readonly string[],
  { all, known }: { all: Refs; known: Refs },
): Promise<Refs> {
  if ([...all].every(([ref, oid]) => known.get(ref) === oid)) return new Map();
  return list(
    ctx,
    repo,
    commits.map((oid) => `--merged=${oid}`),
  );
}

async function list(ctx: Context, repo: Repository, limits: readonly string[]): Promise<Refs> {
  const format = "--format=%(objectname) %(refname)";
  const found = await query(ctx, repo.directory, ["for-each-ref", format, ...limits, "refs/tags"]);
  return new Map(
    found.split("\n").flatMap((line) => {
      const at = line.indexOf(" ");
      return at < 0 ? [] : [[line.slice(at + 1), line.slice(0, at)] as const];
    }),
  );
}
