// Guest → host: the workspace's commits first into references of their own, then the host's branch by plan, or not.
import type { Context } from "../../../context.ts";
import { UserError } from "../../../errors.ts";
import { examine } from "../../customs/examine.ts";
import { fetchLargeFiles, largeFilesToCome } from "../../lfs/fetch.ts";
import { newsLines } from "../../submodules/home/news.ts";
import { settleSubmodules } from "../../submodules/home/tell.ts";
import { branchTip, parseBranch } from "../../workspace/branch.ts";
import { withWorkspaceLock } from "../../workspace/registry.ts";
import { findRepository } from "../../workspace/repository.ts";
import { requireWorkspace } from "../../workspace/require.ts";
import { recordSynced } from "../mirror.ts";
import { refusal } from "../refusal.ts";
import type { Verdict } from "../verdict.ts";
import { bring, bringSubmodulesOf } from "./fetch-bring.ts";
import { describe, factsFor, look } from "./fetch-look.ts";
import { carryOut, journeyOf } from "./fetch-steps.ts";
import type { Fetched, FetchOptions, Pair } from "./fetched.ts";
import { gainedBy } from "./gained.ts";
import { type FetchPlan, fetchCommand, planFetch } from "./plan-fetch.ts";
import { bringWip } from "./wip.ts";

export type { Fetched, FetchOptions } from "./fetched.ts";

/**
 * `agent-vm fetch <branch>`. Throws UserError (4) when the branch cannot move as asked; what was fetched stays under
 * refs/agent-vm/<workspace>/.
 */
export async function fetchBranch(ctx: Context, name: string, options: FetchOptions = {}): Promise<Fetched> {
  const branch = await parseBranch(ctx, name);
  const from = options.from === undefined ? branch : await parseBranch(ctx, options.from);
  const way = options.way ?? (from === branch ? { how: "forward" } : { how: "as", branch: from });
  if (way.how === "as") await parseBranch(ctx, way.branch);
  const repo = await findRepository(ctx);
  const workspace = await requireWorkspace(ctx, repo, branch);
  const target = await ctx.target({ existing: true });
  const { all = false, wip = false, acceptRisk: accept = false, found } = options;
  const source = { ...workspace, branch: from };
  const command = fetchCommand(branch, { way, all, wip, from });
  const pair = { repo, workspace, source, target, way, all, wip, customs: { accept, command, found } };
  return withWorkspaceLock(ctx, workspace.dir, () =>
    options.dryRun ? rehearse(ctx, pair) : fetchLocked(ctx, pair),
  );
}

/** `--dry-run`: by the host's repository where it has the commits, otherwise by what the guest counts. */
async function rehearse(ctx: Context, pair: Pair): Promise<Fetched> {
  const { seen, known, host } = await look(ctx, pair);
  const facts = await factsFor(ctx, pair, { host, now: seen.tip, known, seen });
  const plan = planFetch(facts);
  const large = seen.largeFiles && seen.tip && (await largeFilesToCome(ctx, pair.repo, seen.tip));
  const rehearsed = {
    ...{ ...(await describe(ctx, pair, seen)), ...NOTHING, ...facts, plan, dryRun: true },
    ...(large && { largeFiles: large }),
  };
  const moves = plan.do === "create" || plan.do === "advance";
  if (!moves || seen.tip === undefined || known.mirror !== seen.tip) return rehearsed;
  const work = { ...pair, plan, now: seen.tip, facts, synced: known.synced, submodules: [] };
  const examined = await examine(ctx, journeyOf(work, seen.tip));
  pair.customs.found?.(examined);
  return { ...rehearsed, examined };
}

const NOTHING = {
  ...{ from: undefined, to: undefined, gained: 0 },
  ...{ commits: [], stat: [], brought: [], submodules: [] },
};

async function fetchLocked(ctx: Context, pair: Pair): Promise<Fetched> {
  const { repo, source } = pair;
  const { seen, known } = await look(ctx, pair);
  if (pair.wip) await bringWip(ctx, pair.target, pair, seen);
  const { now, brought, tips } = await bring(ctx, pair, seen, known);
  if (seen.largeFiles && tips.length > 0) await fetchLargeFiles(ctx, pair.target, pair, tips);
  const host = await branchTip(ctx, repo, source.branch);
  const facts = await factsFor(ctx, pair, { host, now, known, seen });
  const plan = planFetch(facts);
  const submodules = await bringSubmodulesOf(ctx, pair, { facts, now, seen });
  const here = { directory: repo.directory, branch: source.branch };
  const arrived = (to?: string, worktree?: string, inStep = false) =>
    settleSubmodules(ctx, submodules, { ...here, to, worktree, inStep });
  if (plan.do === "refuse" || now === undefined) {
    if (pair.all) ctx.out.say(`The other branches are fetched: ${brought.length}.`);
    for (const line of newsLines(await arrived(), pair.customs.command)) ctx.out.say(line);
    throw plan.do === "refuse" ? refusal(plan.why) : new UserError("Nothing was fetched.");
  }
  const work = { ...pair, plan, now, facts, synced: known.synced, submodules: submodules.sites };
  const moved = await carryOut(ctx, work);
  const inStep = await noteSynced(ctx, pair, { plan, verdict: facts.verdict, host, now });
  const news = await arrived(moved?.to, plan.do === "advance" ? plan.path : undefined, inStep);
  return {
    ...(await describe(ctx, pair, seen)),
    verdict: facts.verdict,
    plan,
    dryRun: false,
    ...(await gainedBy(ctx, repo, { plan, moved, now })),
    brought,
    submodules: news,
  };
}

interface Outcome {
  plan: FetchPlan;
  verdict: Verdict;
  host: string | undefined;
  now: string;
}

/** Both sides have this commit from now on: true then. After `--rebase workspace` the host has its work in another form. */
async function noteSynced(
  ctx: Context,
  { repo, workspace, source, way }: Pair,
  what: Outcome,
): Promise<boolean> {
  const { verdict, host, now } = what;
  if (source.branch !== workspace.branch) return false;
  if (way.how !== "as" || verdict.kind === "equal" || verdict.kind === "host ahead") {
    await recordSynced(ctx, repo, workspace, now);
    return true;
  }
  if (verdict.kind === "workspace ahead" && host !== undefined) {
    await recordSynced(ctx, repo, workspace, host, now);
  }
  return false;
}
