// Guest → host: the workspace's commits first into a reference of their own, then the host's branch forward, or not.
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { branchTip, parseBranch } from "../workspace/branch.ts";
import { checkoutsOf } from "../workspace/checkouts.ts";
import { findWorkspace, type Workspace, withWorkspaceLock } from "../workspace/registry.ts";
import { findRepository, type Repository } from "../workspace/repository.ts";
import { commitLines } from "./commits.ts";
import { countBetween } from "./compare.ts";
import { assignedFilters } from "./filters.ts";
import { bringHome, mirrored, mirrorRef } from "./mirror.ts";
import { observeOne, requirePresent } from "./observe.ts";
import { hostPathsInTheWay } from "./obstacles.ts";
import type { Observation } from "./parse.ts";
import { filtersAtWork, pathsInTheWay, quoted } from "./plan.ts";
import { type FetchPlan, planFetch } from "./plan-fetch.ts";
import { rawDiff, refusal } from "./push.ts";
import { dirtText, type Verdict, verdictOf, verdictText } from "./verdict.ts";
import { plural } from "./words.ts";

export interface Fetched {
  /** As it was before the host's branch moved. */
  verdict: Verdict;
  /** One cleaned line per commit that the host's branch gained. */
  commits: string[];
  /** What lies in the workspace uncommitted; "" when nothing does. */
  left: string;
}

/** `agent-vm fetch <branch>`. Throws UserError (4) when the branch cannot simply move forward; the reference is kept. */
export async function fetchBranch(ctx: Context, name: string): Promise<Fetched> {
  const branch = await parseBranch(ctx, name);
  const repo = await findRepository(ctx);
  const workspace = await requireWorkspace(ctx, repo, branch);
  const target = await ctx.target({ existing: true });
  return withWorkspaceLock(ctx, workspace.dir, () => fetchLocked(ctx, target, repo, workspace));
}

/** The workspace of a branch as the host's map has it. Throws UserError when there is none. */
export async function requireWorkspace(
  ctx: Context,
  repo: Repository,
  branch: Workspace["branch"],
): Promise<Workspace> {
  const found = await findWorkspace(ctx, repo.id, branch);
  if (found) return found;
  throw new UserError(
    `There is no workspace for the branch "${sanitize(branch)}" of ${sanitize(repo.name)}.`,
    {
      hint: `Make one with: agent-vm connect ${quoted(branch)}`,
    },
  );
}

async function fetchLocked(
  ctx: Context,
  target: Target,
  repo: Repository,
  workspace: Workspace,
): Promise<Fetched> {
  const { branch, dir } = workspace;
  const asked = { dir, branch };
  const seen = requirePresent(await observeOne(ctx, target, asked, "counts"), asked);
  tellWhatStays(ctx, workspace, seen);
  if (seen.tip === undefined) {
    throw new UserError(`The workspace ${dir} has no branch "${sanitize(branch)}" (any more).`, {
      hint: `Look at it with: agent-vm connect ${quoted(branch)}`,
    });
  }
  const known = await mirrored(ctx, repo, workspace);
  const now = known === seen.tip ? known : await bringHome(ctx, target, repo, workspace);
  const host = await branchTip(ctx, repo, branch);
  const counts = host && (await countBetween(ctx, repo.directory, { host, workspace: now }));
  const verdict = verdictOf({ host, workspace: now, counts: counts || undefined });
  const plan = planFetch({
    branch,
    host,
    verdict,
    checkouts: verdict.kind === "workspace ahead" ? await checkoutsOf(ctx, repo, branch) : [],
    ref: mirrorRef(workspace),
  });
  const commits = plan.do === "nothing" ? [] : await commitLines(ctx, repo.directory, now, host);
  await apply(ctx, repo, { workspace, now, plan });
  return { verdict, commits, left: dirtText(countsOf(seen)) };
}

const countsOf = (seen: Observation) => ({
  changed: seen.changed.length,
  untracked: seen.untracked.length,
  ignored: seen.ignored.length,
  stashes: seen.stashes.length,
});

function tellWhatStays(ctx: Context, workspace: Workspace, seen: Observation): void {
  if (seen.on === `refs/heads/${workspace.branch}`) return;
  const at =
    seen.on === undefined ? "no branch (detached HEAD)" : sanitize(seen.on.replace("refs/heads/", ""));
  ctx.out.warn(`The workspace has ${at} checked out; only "${sanitize(workspace.branch)}" is fetched.`);
}

interface Step {
  workspace: Workspace;
  now: string;
  plan: FetchPlan;
}

async function apply(ctx: Context, repo: Repository, { workspace, now, plan }: Step): Promise<void> {
  if (plan.do === "nothing") return;
  if (plan.do === "refuse") throw refusal(plan.why);
  if (plan.do === "follow") return follow(ctx, repo, { workspace, now, ...plan });
  const old = plan.do === "move" ? plan.from : "0".repeat(now.length);
  const ref = `refs/heads/${workspace.branch}`;
  try {
    await git(ctx, repo.directory, ["update-ref", "-m", "agent-vm fetch: Fast-forward", ref, now, old]);
  } catch (cause) {
    throw movedMeanwhile(workspace, cause);
  }
}

function movedMeanwhile(workspace: Workspace, cause: unknown): unknown {
  if (!(cause instanceof ToolError)) return cause;
  return new UserError(`Your branch "${sanitize(workspace.branch)}" could not be moved; it is as it was.`, {
    details: cause.failure.stderrTail.split("\n").filter(Boolean),
    hint: `The workspace's commits are in ${quoted(mirrorRef(workspace))}. Run the same command again.`,
    exit: EXIT.refused,
    cause,
  });
}

/** The files of a clean worktree follow the branch; git's own check stands behind ours. */
async function follow(
  ctx: Context,
  repo: Repository,
  what: { workspace: Workspace; now: string; from: string; path: string },
): Promise<void> {
  const { workspace, now, from, path } = what;
  const incoming = await rawDiff(ctx, repo.directory, from, now);
  const filters = await assignedFilters(ctx, path, now, incoming);
  if (filters.length > 0) throw refusal(filtersAtWork(workspace.branch, path, mirrorRef(workspace), filters));
  const hits = await hostPathsInTheWay(ctx, path, incoming);
  if (hits.length > 0) {
    const hint = `Move them away, then: agent-vm fetch ${quoted(workspace.branch)}`;
    throw refusal(pathsInTheWay(sanitize(path), hits, hint));
  }
  const options = [
    "--ff-only",
    "--no-overwrite-ignore",
    "--no-verify-signatures",
    "--no-autostash",
    "--no-stat",
  ];
  try {
    await git(ctx, path, ["merge", ...options, "--quiet", now], {
      env: { GIT_REFLOG_ACTION: "agent-vm fetch" },
    });
  } catch (cause) {
    throw movedMeanwhile(workspace, cause);
  }
}

/** What the command says at its end. */
export function fetchSummary(branch: string, { verdict, commits }: Fetched): string {
  const name = sanitize(branch);
  if (verdict.kind === "not on the host") return `Made "${name}" on the host from its workspace.`;
  if (commits.length > 0 && verdict.kind === "workspace ahead")
    return `"${name}" has ${plural(verdict.workspace, "new commit")}. Look at them with: git log -p -${verdict.workspace} ${quoted(branch)}`;
  return `Nothing to fetch for "${name}": ${verdictText(verdict)}.`;
}
