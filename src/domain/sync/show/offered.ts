// The host's commits that a workspace is compared with in the guest, which may not have the newest of them.
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { branchTip } from "../../workspace/branch.ts";
import type { Workspace } from "../../workspace/registry.ts";
import type { Repository } from "../../workspace/repository.ts";
import { knownOf } from "../mirror.ts";

/** How many of the host's commits are offered, when the guest has not got the newest. */
const OFFERED = 1000;

/**
 * Commits of the host's branch, newest first, and the last one that both sides had. `onlyHosts` leaves that one out
 * when the host's branch has lost it.
 */
export async function offered(
  ctx: Context,
  repo: Repository,
  workspace: Workspace,
  onlyHosts: boolean,
): Promise<string[]> {
  const host = await branchTip(ctx, repo, workspace.branch);
  const { synced, mirror } = await knownOf(ctx, repo.directory, workspace);
  const from = host ?? synced ?? mirror ?? "HEAD";
  const { stdout } = await git(ctx, repo.directory, ["rev-list", `--max-count=${OFFERED}`, from, "--"]);
  const list = stdout.split("\n").filter(Boolean);
  if (host === undefined || onlyHosts) return list;
  return [host, ...[synced, mirror].flatMap((oid) => oid ?? []), ...list.slice(1)];
}
