// From two tips to the verdict: the host counts when it has the commits, otherwise the guest's own answer is taken.
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { countBetween } from "./compare.ts";
import { type Synced, type Verdict, verdictOf } from "./verdict.ts";

export interface Sides {
  /** The host's commit of the branch, and the workspace's. */
  host: string | undefined;
  workspace: string | undefined;
  /** See lastSynced(). */
  synced: string | undefined;
  /** Whether the host's repository has the workspace's commit, when that is known already. */
  onHost?: boolean;
}

/** What the guest says of the two (RELATE); used only where the host's repository cannot answer. */
export interface GuestView {
  relation?: { host: number; workspace: number } | "none";
  sinceSynced?: number | false;
}

/** The verdict on a branch. Changes nothing; at most five quick questions to the host's git, none when the tips are equal. */
export async function verdictOn(
  ctx: Context,
  directory: string,
  sides: Sides,
  guest: GuestView = {},
): Promise<Verdict> {
  const { host, workspace, synced } = sides;
  const known: Synced | undefined = synced === undefined ? undefined : { oid: synced };
  if (host === undefined || workspace === undefined || host === workspace) {
    return verdictOf({ host, workspace, counts: undefined, synced: known });
  }
  const own = await countBetween(ctx, directory, { host, workspace, onHost: sides.onHost });
  const counts = own ?? guest.relation;
  const ahead = typeof counts === "object" && (counts.host === 0 || counts.workspace === 0);
  if (synced === undefined || ahead || counts === "none") return verdictOf({ host, workspace, counts });
  const inHost = await contains(ctx, directory, host, synced);
  if (own !== undefined) {
    const inWorkspace = await contains(ctx, directory, workspace, synced);
    return verdictOf({ host, workspace, counts, synced: { oid: synced, inHost, inWorkspace } });
  }
  const { sinceSynced } = guest;
  const inWorkspace = sinceSynced === undefined ? undefined : sinceSynced !== false;
  // Neither has the other's commits, but both have the synced one: each counts its own from there.
  const apart =
    counts === undefined && inHost && typeof sinceSynced === "number"
      ? { host: await countSince(ctx, directory, synced, host), workspace: sinceSynced }
      : counts;
  return verdictOf({ host, workspace, counts: apart, synced: { oid: synced, inHost, inWorkspace } });
}

async function countSince(ctx: Context, directory: string, base: string, tip: string): Promise<number> {
  return Number((await git(ctx, directory, ["rev-list", "--count", `${base}..${tip}`, "--"])).stdout);
}

/** Whether `commit` is `tip` or one of its ancestors; undefined when the repository has not got both. */
export async function contains(
  ctx: Context,
  directory: string,
  tip: string,
  commit: string,
): Promise<boolean | undefined> {
  if (tip === commit) return true;
  const args = ["merge-base", "--is-ancestor", commit, tip];
  const { code } = await git(ctx, directory, args, { ok: [0, 1, 128] });
  return code === 128 ? undefined : code === 0;
}
