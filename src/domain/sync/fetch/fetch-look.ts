// Both sides of a fetch looked at: what is known on the host, what the workspace says, and the facts for the plan.
import type { Context } from "../../../context.ts";
import { withoutUnchanged } from "../../carry/look.ts";
import { aheadOf } from "../../submodules/home/saved.ts";
import { branchTip } from "../../workspace/branch.ts";
import { checkoutsOf } from "../../workspace/checkouts.ts";
import type { BranchName } from "../../workspace/names.ts";
import { savedOnHost } from "../compare.ts";
import { type Known, knownOf, mirrorRef } from "../mirror.ts";
import { observeOne, requirePresent } from "../observe.ts";
import type { Observation } from "../parse.ts";
import { verdictOn } from "../relation.ts";
import { ownCommits, stateOf } from "../state-words.ts";
import type { Pair } from "./fetched.ts";
import type { FetchFacts } from "./plan-fetch.ts";

/** What both sides say before anything is moved. */
export interface Sight {
  seen: Observation;
  known: Known;
  host: string | undefined;
}

export async function look(ctx: Context, { repo, source, target, all }: Pair): Promise<Sight> {
  const { branch, dir } = source;
  const known = await knownOf(ctx, repo.directory, source);
  const host = await branchTip(ctx, repo, branch);
  const asked = { dir, branch, repoId: repo.id, tip: host, synced: known.synced };
  const seen = requirePresent(await observeOne(ctx, target, asked, all ? "sizes" : "size"), asked);
  return { seen, known, host };
}

export interface Tips {
  host: string | undefined;
  now: string | undefined;
  known: Known;
  seen: Observation;
}

/** What the plan is made of. */
export async function factsFor(
  ctx: Context,
  pair: Pair,
  { host, now, known, seen }: Tips,
): Promise<FetchFacts> {
  const { repo, workspace, source, way } = pair;
  const sides = { workspace: now, synced: known.synced };
  const verdict = await verdictOn(ctx, repo.directory, { host, ...sides }, seen);
  const branch = way.how === "as" ? (way.branch as BranchName) : source.branch;
  const checkouts = await checkoutsOf(ctx, repo, branch, now);
  const facts = { branch: source.branch, of: workspace.branch, host, verdict, checkouts, way };
  const ref = mirrorRef(source, source.branch);
  if (way.how !== "as") return { ...facts, ref };
  const tip = await branchTip(ctx, repo, branch);
  const sidesAs = { host: tip, workspace: now, synced: undefined };
  return { ...facts, ref, as: { tip, verdict: await verdictOn(ctx, repo.directory, sidesAs) } };
}

/** What the workspace holds beside the commits that were asked for. */
export async function describe(ctx: Context, { repo, workspace, source, wip }: Pair, seen: Observation) {
  const saved = await savedOnHost(ctx, repo.directory, ownCommits(seen));
  const told = await withoutUnchanged(ctx, workspace.dir, seen);
  const { changed, untracked, ignored } = told;
  return {
    state: stateOf(told, workspace.branch, saved, await aheadOf(ctx, repo, seen.modules)),
    uncommitted: { changed, untracked, ignored },
    workspace,
    source: source.branch,
    wip,
  };
}
