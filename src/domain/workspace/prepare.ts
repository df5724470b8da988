// From a branch's name to its workspace, complete in the VM: what `connect` and `push` begin with.
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { countBetween } from "../sync/compare.ts";
import { quoted } from "../sync/plan.ts";
import { ensureWorkspace, type Pairing, pushBranch } from "../sync/push.ts";
import { verdictOf } from "../sync/verdict.ts";
import { plural } from "../sync/words.ts";
import { type Branch, parseBranch, resolveBranch } from "./branch.ts";
import type { WorkspaceDir } from "./names.ts";
import { reserveWorkspace, withWorkspaceLock } from "./registry.ts";
import { findRepository, type Repository } from "./repository.ts";

export interface PreparedWorkspace {
  dir: WorkspaceDir;
  branch: Branch;
  repo: Repository;
  target: Target;
  /** It was made and pushed by this call. */
  created: boolean;
}

/** Repository, branch and directory of a name; the branch is made when it is missing, and then the VM is up. */
async function pairFor(ctx: Context, name: string): Promise<Pairing & { target: Target }> {
  const branchName = await parseBranch(ctx, name);
  const repo = await findRepository(ctx);
  const branch = await resolveBranch(ctx, repo, branchName);
  if (branch.created)
    ctx.out.say(`Made the branch ${sanitize(name)} from HEAD (${branch.oid.slice(0, 10)}).`);
  // Not before the VM is up: a directory that nothing can be put into is no workspace.
  const target = await ctx.target();
  const workspace = await reserveWorkspace(ctx, { repoName: repo.name, repoId: repo.id, branch: branchName });
  return { repo, branch, workspace, target };
}

/**
 * A workspace that can be entered. A missing one is made and pushed; an existing one is only looked at, in one round
 * trip, and the user is told when the host is ahead.
 */
export async function prepareWorkspace(ctx: Context, name: string): Promise<PreparedWorkspace> {
  const pair = await pairFor(ctx, name);
  const { target } = pair;
  const created = await withWorkspaceLock(ctx, pair.workspace.dir, async () => {
    const ensured = await ensureWorkspace(ctx, target, pair);
    if (ensured.tip === undefined) await pushBranch(ctx, target, pair, ensured);
    else await tellWhenBehind(ctx, pair, ensured.tip);
    return ensured.tip === undefined;
  });
  return { dir: pair.workspace.dir, branch: pair.branch, repo: pair.repo, target, created };
}

async function tellWhenBehind(ctx: Context, { repo, branch }: Pairing, tip: string): Promise<void> {
  if (tip === branch.oid) return;
  const tips = { host: branch.oid, workspace: tip };
  const verdict = verdictOf({ ...tips, counts: await countBetween(ctx, repo.directory, tips) });
  if (verdict.kind !== "host ahead") return;
  const ahead = plural(verdict.host, "commit");
  ctx.out.say(
    `The host is ahead of this workspace by ${ahead}. Push with: agent-vm push ${quoted(branch.name)}`,
  );
}

/** `agent-vm push <branch>`: the sentence to say at its end. */
export async function pushToWorkspace(ctx: Context, name: string): Promise<string> {
  const pair = await pairFor(ctx, name);
  const { target } = pair;
  const { dir } = pair.workspace;
  const found = await withWorkspaceLock(ctx, dir, () => pushBranch(ctx, target, pair));
  if (found.kind === "equal") return `${dir} is at the host's commit already.`;
  if (found.kind === "host ahead") return `${dir} is ${plural(found.host, "commit")} further.`;
  return `${dir} has the branch "${sanitize(name)}" now.`;
}
