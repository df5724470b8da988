// The base of a branch: what an agent compares its work with and rebases it on.
import { query } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Branch } from "../../workspace/branch.ts";
import type { Repository } from "../../workspace/repository.ts";

export interface Base {
  /** A branch's name without `refs/heads/`. */
  name: string;
  oid: string;
  /** What the host's own branch of that name and the remote-tracking one are at. */
  oids: string[];
}

type Named = Pick<Branch, "name">;

const HEADS = "refs/heads/";
const ORIGIN = "refs/remotes/origin/";

/**
 * The base of a branch (spec 3): the setting `base`, else the upstream's branch when it has another name, else the
 * default branch. Its commit is the host's own branch of that name, else the remote-tracking one. Undefined when the
 * repository has none of these.
 */
export async function baseOf(ctx: Context, repo: Repository, branch: Named): Promise<Base | undefined> {
  const chosen = ctx.settings.base;
  if (chosen !== undefined) {
    const found = await firstOf(ctx, repo, [{ name: chosen, tracking: `${ORIGIN}${chosen}` }]);
    if (found === undefined) {
      ctx.out.warn(`The base branch "${sanitize(chosen)}" of your settings is not in this repository.`);
    }
    return found;
  }
  // Asked together: each is a process of some milliseconds.
  const [upstream, usual] = await Promise.all([upstreamOf(ctx, repo, branch), defaults(ctx, repo)]);
  return firstOf(ctx, repo, upstream ? [upstream] : usual);
}

interface Candidate {
  name: string;
  /** Where it lies when the host has no branch of its own of that name. */
  tracking: string;
}

async function upstreamOf(ctx: Context, repo: Repository, branch: Named): Promise<Candidate | undefined> {
  const format = "--format=%(upstream)%00%(upstream:remoteref)";
  const found = await query(ctx, repo.directory, ["for-each-ref", format, `${HEADS}${branch.name}`]);
  const [tracking = "", remote = ""] = found.split("\0");
  if (tracking === "" || !remote.startsWith(HEADS)) return undefined;
  const name = remote.slice(HEADS.length);
  return name === branch.name ? undefined : { name, tracking };
}

async function defaults(ctx: Context, repo: Repository): Promise<Candidate[]> {
  const [head, configured] = await Promise.all([
    query(ctx, repo.directory, ["symbolic-ref", "--quiet", `${ORIGIN}HEAD`]),
    query(ctx, repo.directory, ["config", "--get", "init.defaultBranch"]),
  ]);
  if (head.startsWith(ORIGIN)) return [{ name: head.slice(ORIGIN.length), tracking: head }];
  const names = [configured, "main", "master"].filter((name) => name !== "");
  return names.map((name) => ({ name, tracking: `${ORIGIN}${name}` }));
}

async function firstOf(
  ctx: Context,
  repo: Repository,
  candidates: readonly Candidate[],
): Promise<Base | undefined> {
  const places = candidates.flatMap(({ name, tracking }) => [
    { name, ref: `${HEADS}${name}` },
    { name, ref: tracking },
  ]);
  const format = "--format=%(objecttype) %(objectname) %(refname)";
  const found = await query(ctx, repo.directory, ["for-each-ref", format, ...places.map((one) => one.ref)]);
  const commits = new Map(
    found.split("\n").flatMap((line) => {
      const [type, oid = "", ...ref] = line.split(" ");
      return type === "commit" ? [[ref.join(" "), oid] as const] : [];
    }),
  );
  const there = places.flatMap(({ name, ref }) => {
    const oid = commits.get(ref);
    return oid === undefined ? [] : [{ name, oid }];
  });
  const [first] = there;
  return first && { ...first, oids: there.filter(({ name }) => name === first.name).map(({ oid }) => oid) };
}
