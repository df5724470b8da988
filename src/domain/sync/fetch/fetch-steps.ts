// Carries out the plan of a fetch: the new commit is made first, then the branch moves in one step.
import type { Context } from "../../../context.ts";
import { EXIT } from "../../../errors.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import { during } from "../../../io/output.ts";
import { refuseIncomplete } from "../../clones/incomplete.ts";
import { type Passage, passCustoms } from "../../customs/pass.ts";
import { refuseSharedBranch } from "../../folding/refs.ts";
import { scanIncoming } from "../../scan/gate.ts";
import { passSubmodules } from "../../submodules/home/pass.ts";
import type { Site } from "../../submodules/home/sites.ts";
import type { BranchName } from "../../workspace/names.ts";
import type { Workspace } from "../../workspace/registry.ts";
import type { Repository } from "../../workspace/repository.ts";
import { keptRef } from "../mirror.ts";
import { quoted } from "../plan.ts";
import { refusal } from "../refusal.ts";
import { advance, create } from "./advance.ts";
import { type Made, mergeCommit } from "./merge.ts";
import { type Advance, byHand, type FetchFacts, type FetchPlan, fetchOf } from "./plan-fetch.ts";
import { replay } from "./rebase.ts";

export interface Work {
  repo: Repository;
  workspace: Workspace;
  plan: FetchPlan;
  /** The workspace's commit, which lies in the host's repository. */
  now: string;
  facts: FetchFacts;
  /** The commit that both sides had at the last sync. */
  synced: string | undefined;
  customs: Customs;
  /** What of the workspace's submodules is new; brought already. */
  submodules: readonly Site[];
}

/** What the user said about what could run on the host, and what is told about it. */
export type Customs = Pick<Passage, "accept" | "command" | "found">;

export interface Moved {
  from: string | undefined;
  to: string;
}

/** Undefined when nothing was to be done. Throws UserError (4) with everything as it was when it cannot be done. */
export async function carryOut(ctx: Context, work: Work): Promise<Moved | undefined> {
  const { repo, workspace, plan, now, facts } = work;
  if (plan.do === "refuse") throw refusal(plan.why);
  if (plan.do === "nothing") return undefined;
  await refuseIncomplete(ctx, work);
  await scanIncoming(ctx, work);
  await passSubmodules(ctx, work.submodules, workspace, journeyOf(work, now));
  if (plan.do === "create") {
    const hint = `Choose another name: ${fetchOf(workspace.branch, facts.branch)} --as <name>`;
    await refuseSharedBranch(ctx, repo, plan.branch, { hint, exit: EXIT.refused });
    await passCustoms(ctx, journeyOf(work, now));
    await create(ctx, repo.directory, plan.branch, now);
    return { from: undefined, to: now };
  }
  const made = await newTip(ctx, work, plan.how, plan.from);
  if ("refuse" in made) throw refusal(made.refuse);
  await passCustoms(ctx, journeyOf(work, made.commit));
  const arrived = facts.checkouts[0]?.arrived === true && made.commit === now;
  const moving = advance(ctx, repo.directory, {
    branch: plan.branch,
    from: plan.from,
    to: made.commit,
    commonDir: repo.commonDir,
    ...(plan.path !== undefined && { path: plan.path }),
    arrived,
    ...(plan.keep && { keep: keptRef(workspace, plan.from) }),
    why: `agent-vm fetch: ${REASONS[plan.how]}`,
    ref: facts.ref,
    byHand: byHand(plan.how, facts.ref, plan.branch),
  });
  await during(ctx.out, `move ${sanitize(plan.branch)} and its files`, moving);
  return { from: plan.from, to: made.commit };
}

/** The one way to the host's branch, whichever way it then moves. */
export function journeyOf({ repo, workspace, plan, now, facts, synced, customs }: Work, to: string): Passage {
  const moves = plan.do === "advance" ? plan : undefined;
  return {
    repo,
    branch: plan.do === "create" || plan.do === "advance" ? (plan.branch as BranchName) : workspace.branch,
    from: moves?.from,
    now,
    to,
    synced,
    ...(moves?.path !== undefined && { path: moves.path }),
    look:
      facts.branch === workspace.branch
        ? `agent-vm diff ${quoted(workspace.branch)}`
        : `git log -p ${quoted(facts.ref)}`,
    ...customs,
  };
}

const REASONS: Record<Advance, string> = {
  forward: "Fast-forward",
  merge: "Merge",
  "rebase host": "Rebase of the host's commits",
  "rebase workspace": "Rebase of the workspace's commits",
  reset: "Reset",
};

async function newTip(ctx: Context, work: Work, how: Advance, host: string): Promise<Made> {
  const { repo, workspace, now, facts } = work;
  const directory = repo.directory;
  if (how === "merge")
    return mergeCommit(ctx, directory, workspace, { host, workspace: now, ref: facts.ref });
  const otherwise = `Take a merge commit instead: agent-vm fetch ${quoted(workspace.branch)} --merge`;
  if (how === "rebase host") return replay(ctx, directory, { tip: host, onto: now, otherwise });
  if (how === "rebase workspace") return replay(ctx, directory, { tip: now, onto: host, otherwise });
  return { commit: now };
}
