// Which commit both sides had last, when that is true no more: the workspace is gone, or an older one is back.
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { ToolError, UserError } from "../../../errors.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import { forgetInStep } from "../../submodules/home/synced.ts";
import { keepPrevious } from "../../vault/previous.ts";
import type { Save } from "../../vault/save.ts";
import { openVault } from "../../vault/vault.ts";
import type { Workspace } from "../../workspace/registry.ts";
import { repositoryPlaces } from "../../workspace/repository.ts";
import { bytesOf, knownOf, syncedRef, updateRefs } from "../mirror.ts";
import { contains } from "../relation.ts";

type Named = Pick<Workspace, "repoId" | "dir" | "branch">;

/**
 * After workspaces were deleted. What was fetched of them stays. The deletion is done by then, so a repository that
 * cannot be written only makes a warning: a new workspace in the same place writes the reference anew.
 */
export async function forgetSynced(ctx: Context, workspaces: readonly Named[]): Promise<void> {
  const places = await repositoryPlaces(
    ctx,
    workspaces.map((one) => one.repoId),
  );
  for (const one of workspaces) {
    const directory = places.get(one.repoId);
    if (directory === undefined) continue;
    try {
      await forget(ctx, directory, one);
      await forgetInStep(ctx, directory, one.dir);
    } catch (error) {
      if (!(error instanceof ToolError || error instanceof UserError)) throw error;
      ctx.out.warn(`${syncedRef(one)} could not be deleted: ${sanitize(error.message)}`);
    }
  }
}

async function forget(ctx: Context, directory: string, workspace: Named, instead = ""): Promise<void> {
  const { mirror, synced } = await knownOf(ctx, directory, workspace);
  if (synced === instead || (synced === undefined && instead === "")) return;
  const { repoId: id, dir, branch } = workspace;
  const ref = bytesOf(syncedRef(workspace));
  // It may be the only reference to a commit that a rewritten branch left behind.
  const kept = synced === undefined || (mirror && (await contains(ctx, directory, mirror, synced)) === true);
  if (!kept) await keepPrevious(ctx, { id, directory }, { dir, branch, oid: synced });
  await updateRefs(ctx, directory, [
    instead === ""
      ? `delete ${ref} ${synced}`
      : `update ${ref} ${instead} ${synced ?? "0".repeat(instead.length)}`,
  ]);
}

/**
 * After a save came back: both sides have what the restored branch has of the commit that both had last. Anything newer
 * would make it look rewritten.
 */
export async function noteRestored(ctx: Context, save: Save, workspace: Workspace): Promise<void> {
  const directory = (await repositoryPlaces(ctx, [workspace.repoId])).get(workspace.repoId);
  if (directory === undefined) return;
  try {
    await forgetInStep(ctx, directory, workspace.dir);
    const { synced } = await knownOf(ctx, directory, workspace);
    await forget(ctx, directory, workspace, await lastCommon(ctx, save, workspace, { directory, synced }));
  } catch (error) {
    if (!(error instanceof ToolError || error instanceof UserError)) throw error;
    await forgetSynced(ctx, [workspace]);
  }
}

/** By the vault, which has both sides once it has looked at the host. Nothing when it has not. */
async function lastCommon(
  ctx: Context,
  save: Save,
  { repoId, branch }: Workspace,
  { directory, synced }: { directory: string; synced: string | undefined },
): Promise<string> {
  const tip = save.refs.find((ref) => ref.name === `refs/heads/${branch}`)?.oid;
  if (tip === undefined) return "";
  const { gitDir } = await openVault(ctx, { id: repoId, directory });
  const host = synced ?? `refs/host/heads/${branch}`;
  const { stdout } = await git(ctx, gitDir, ["merge-base", tip, host], { ok: [0, 1, 128] });
  return stdout.split("\n")[0] ?? "";
}
