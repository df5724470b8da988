// The workspace's commits in the host's repository: refs/agent-vm/<workspace>/…, brought there by a pinned fetch.
import { git, query, transfer } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import type { Workspace } from "../workspace/registry.ts";
import type { Repository } from "../workspace/repository.ts";
import { hostTrouble } from "./trouble.ts";

/** Where a branch of a workspace lies in the host's repository after a fetch. */
export const mirrorRef = (workspace: Workspace): string =>
  `refs/agent-vm/${workspace.dir}/heads/${workspace.branch}`;

const VERB = ["fetch", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--refmap="] as const;

/**
 * Fetches the workspace's branch and returns its commit as this host now has it. A previous value that the new one does
 * not contain keeps a reference of its own: nothing that was fetched is ever dropped.
 */
export async function bringHome(
  ctx: Context,
  target: Target,
  repo: Repository,
  workspace: Workspace,
): Promise<string> {
  const base = `refs/agent-vm/${workspace.dir}`;
  const incoming = `${base}/incoming`;
  const step = ctx.out.step(`fetch ${sanitize(workspace.branch)} from ${workspace.dir}`);
  try {
    const refspec = `+refs/heads/${workspace.branch}:${incoming}`;
    await transfer(ctx, repo.directory, {
      target,
      dir: workspace.dir,
      verb: VERB,
      refspecs: [refspec],
      onLine: step.update,
    });
  } catch (error) {
    step.failed();
    throw await hostTrouble(ctx, target, error, { doing: "the fetch", directory: repo.directory, range: [] });
  }
  const now = await query(ctx, repo.directory, ["rev-parse", "--verify", "--quiet", `${incoming}^{commit}`]);
  const before = await mirrored(ctx, repo, workspace);
  await settle(ctx, repo, { mirror: mirrorRef(workspace), base, incoming, now, before });
  step.done();
  return now;
}

/** What was fetched last; undefined before the first time. */
export async function mirrored(
  ctx: Context,
  repo: Repository,
  workspace: Workspace,
): Promise<string | undefined> {
  const ref = `${mirrorRef(workspace)}^{commit}`;
  return (await query(ctx, repo.directory, ["rev-parse", "--verify", "--quiet", ref])) || undefined;
}

interface Move {
  mirror: string;
  base: string;
  incoming: string;
  now: string;
  before: string | undefined;
}

/** One transaction: the mirror moves, what it leaves behind gets a name, the incoming reference goes. */
async function settle(ctx: Context, repo: Repository, move: Move): Promise<void> {
  const { mirror, base, incoming, now, before } = move;
  const lines = [
    `update ${mirror}\0${now}\0${before ?? "0".repeat(now.length)}`,
    `delete ${incoming}\0${now}`,
  ];
  if (before !== undefined && !(await contains(ctx, repo, now, before))) {
    lines.push(`update ${base}/kept/${before}\0${before}\0`);
    ctx.out.say(`What was fetched before is not part of it any more; it is kept in ${base}/kept/${before}`);
  }
  const input = lines.map((line) => `${line}\0`).join("");
  await git(ctx, repo.directory, ["update-ref", "--stdin", "-z"], { input });
}

async function contains(ctx: Context, repo: Repository, now: string, before: string): Promise<boolean> {
  const { code } = await git(ctx, repo.directory, ["merge-base", "--is-ancestor", before, now], {
    ok: [0, 1],
  });
  return code === 0;
}
