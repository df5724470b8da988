// Guest → host: the workspace's commits first into references of their own, then the host's branch by plan, or not.
import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import type { Target } from "../../target.ts";
import { withoutUnchanged } from "../carry/look.ts";
import type { Examined } from "../customs/classify.ts";
import { examine } from "../customs/examine.ts";
import { withoutShared } from "../folding/left-out.ts";
import { fetchLargeFiles, type LargeFilesToCome, largeFilesToCome } from "../lfs/fetch.ts";
import { type News, newsLines } from "../submodules/home/news.ts";
import { aheadOf } from "../submodules/home/saved.ts";
import { bringSubmodules, NO_SITES, type Sites } from "../submodules/home/sites.ts";
import { settleSubmodules } from "../submodules/home/tell.ts";
import { branchTip, parseBranch } from "../workspace/branch.ts";
import { checkoutsOf } from "../workspace/checkouts.ts";
import type { BranchName } from "../workspace/names.ts";
import { type Workspace, withWorkspaceLock } from "../workspace/registry.ts";
import { findRepository, type Repository } from "../workspace/repository.ts";
import { requireWorkspace } from "../workspace/require.ts";
import { bringHome } from "./bring-home.ts";
import { savedOnHost } from "./compare.ts";
import { type Customs, carryOut, journeyOf } from "./fetch-steps.ts";
import { gainedBy } from "./gained.ts";
import { bytesOf, type Known, knownOf, mirrorRef, recordSynced } from "./mirror.ts";
import { observeOne, requirePresent } from "./observe.ts";
import { type Observation, textOf } from "./parse.ts";
import { type FetchFacts, type FetchPlan, fetchCommand, planFetch, type Way } from "./plan-fetch.ts";
import { refusal } from "./refusal.ts";
import { verdictOn } from "./relation.ts";
import { ownCommits, stateOf, type WorkspaceState } from "./state-words.ts";
import type { Verdict } from "./verdict.ts";
import { bringWip } from "./wip.ts";

export interface FetchOptions {
  /** Every branch of the workspace into its mirror; only the workspace's own moves a branch of the host. */
  all?: boolean;
  /** Another branch of the workspace, for the host's branch of that name or the one that `way` ("as") names. */
  from?: string;
  /** Uncommitted files and stashes into the vault. */
  wip?: boolean;
  /** Says what would be done; changes neither references nor objects. */
  dryRun?: boolean;
  /** Without one the branch only moves forward. */
  way?: Way | undefined;
  /** Takes what could run on the host by itself without being asked. */
  acceptRisk?: boolean;
  /** Gets what the customs found, also when the fetch is refused for it. */
  found?: Customs["found"];
}

export interface Fetched {
  /** As it was before the host's branch moved. */
  verdict: Verdict;
  /** What was done, or with `dryRun` would be; a plan that refuses is thrown unless it is a dry run. */
  plan: FetchPlan;
  dryRun: boolean;
  /** The commit that the branch had and has; undefined where there was none or nothing moved. */
  from: string | undefined;
  to: string | undefined;
  /** How many commits of the workspace the host's branch gained; 0 for a branch that was made. */
  gained: number;
  /** One cleaned line for each of them, the newest first; capped. */
  commits: string[];
  /** Cleaned lines of `git diff --stat` between the two. */
  stat: string[];
  /** What the workspace holds beside the commits of its branch. */
  state: WorkspaceState;
  /** The paths behind the counts, as the guest says them: not cleaned. */
  uncommitted: Pick<Observation, "changed" | "untracked" | "ignored">;
  /** With `all`: every other branch that came, as text. */
  brought: string[];
  workspace: Workspace;
  /** The branch of the workspace that this is about. */
  source: BranchName;
  /** Uncommitted work was asked for, and is or would be saved. */
  wip: boolean;
  /** The submodules that have something to say. */
  submodules: News[];
  /** Of a dry run, where the host has the commits that would come. */
  examined?: Examined;
  /** Of a dry run, where the workspace has some. */
  largeFiles?: LargeFilesToCome;
}

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

interface Pair {
  repo: Repository;
  workspace: Workspace;
  /** The same with the branch of it that is fetched. */
  source: Workspace;
  target: Target;
  way: Way;
  all: boolean;
  wip: boolean;
  customs: Customs;
}

interface Sight {
  seen: Observation;
  known: Known;
  host: string | undefined;
}

async function look(ctx: Context, { repo, source, target }: Pair): Promise<Sight> {
  const { branch, dir } = source;
  const known = await knownOf(ctx, repo.directory, source);
  const host = await branchTip(ctx, repo, branch);
  const asked = { dir, branch, repoId: repo.id, tip: host, synced: known.synced };
  const seen = requirePresent(await observeOne(ctx, target, asked, "size"), asked);
  return { seen, known, host };
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

/** They come before the branch that records them moves, and also when it does not. */
async function bringSubmodulesOf(
  ctx: Context,
  pair: Pair,
  { facts, now, seen }: { facts: FetchFacts; now: string | undefined; seen: Observation },
): Promise<Sites> {
  const { modules } = seen;
  if (now === undefined || (modules.length === 0 && facts.verdict.kind === "equal")) return NO_SITES;
  const host = pair.way.how === "as" ? facts.as?.tip : facts.host;
  return bringSubmodules(ctx, { ...pair, modules }, { tip: now, host });
}

/** The transfer, left out when the host has it all. */
async function bring(
  ctx: Context,
  { repo, source, target, all }: Pair,
  seen: Observation,
  known: Known,
): Promise<{ now: string | undefined; brought: string[]; tips: string[] }> {
  if (!all && seen.tip === undefined) return { now: undefined, brought: [], tips: [] };
  const { tip } = seen;
  if (!all && tip !== undefined && known.mirror === tip) return { now: tip, brought: [], tips: [tip] };
  const names = seen.refs.map(({ name }) => name.replace(/^refs\/heads\//, ""));
  const leaveOut = all ? await withoutShared(ctx, repo, { own: source.branch, names }) : [];
  const home = await bringHome(ctx, target, repo, source, {
    all: all && { leaveOut },
    tip,
    lacks: seen.lacks,
  });
  const own = bytesOf(source.branch);
  const brought = [...home.keys()].filter((name) => name !== own);
  return { now: home.get(own), brought: brought.map(textOf), tips: [...home.values()] };
}

interface Tips {
  host: string | undefined;
  now: string | undefined;
  known: Known;
  seen: Observation;
}

async function factsFor(ctx: Context, pair: Pair, { host, now, known, seen }: Tips): Promise<FetchFacts> {
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

async function describe(ctx: Context, { repo, workspace, source, wip }: Pair, seen: Observation) {
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
