// Brings a cleaned workspace back from the vault, also into a VM that was made anew.
import type { Context } from "../../../context.ts";
import { EXIT, UserError } from "../../../errors.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Target } from "../../../target.ts";
import { carryIntoRestored } from "../../carry/carry.ts";
import { sendAfterRestore } from "../../lfs/push.ts";
import { findSave, findSaveOf } from "../../vault/find.ts";
import type { Save } from "../../vault/save.ts";
import { vaultPath } from "../../vault/vault.ts";
import { verifySave } from "../../vault/verify.ts";
import { branchTip, parseBranch } from "../../workspace/branch.ts";
import { isRepositoryId, lastSeen } from "../../workspace/identity.ts";
import type { Pair } from "../../workspace/names.ts";
import { reserveWorkspace, type Workspace, withWorkspaceLock } from "../../workspace/registry.ts";
import { findRepository } from "../../workspace/repository.ts";
import { quoted } from "../plan.ts";
import { noteRestored } from "./forget.ts";
import { putBack } from "./put-back.ts";
import { type Rebuilt, rebuild } from "./rebuild.ts";

export interface Asked {
  branch?: string | undefined;
  save?: string | undefined;
}

export interface Restored {
  save: Save;
  /** Where it is now, below the agent's home. */
  path: string;
  /** False when the host's repository has no such branch (any more), or is gone itself. */
  onHost: boolean;
}

/**
 * `agent-vm restore [branch] [--save ID]`. The save stays in the vault. Throws UserError: no such save, a damaged one,
 * or (4) something is in its place; nothing was changed then.
 */
export async function restore(ctx: Context, asked: Asked): Promise<Restored> {
  const save = await saveFor(ctx, asked);
  const pair = await pairOf(ctx, save);
  await verifySave(ctx, save);
  const target = await ctx.target();
  if (pair === undefined) return { save, path: await putBack(ctx, target, save), onHost: true };
  const workspace = await reserveWorkspace(ctx, pair);
  const state = await withWorkspaceLock(ctx, workspace.dir, async () => {
    const rebuilt = await rebuild(ctx, target, { save, workspace });
    if (rebuilt === "done") {
      await noteRestored(ctx, save, workspace);
      await bringLargeFiles(ctx, target, save, workspace);
      await carryIntoRestored(ctx, target, workspace);
    }
    return rebuilt;
  });
  if (state !== "done") throw occupied(ctx, save, workspace, state);
  return { save, path: `workspace/${workspace.dir}`, onHost: await hostHas(ctx, pair) };
}

/** The workspace is there already: that a large file does not come is only told. */
async function bringLargeFiles(
  ctx: Context,
  target: Target,
  save: Save,
  workspace: Workspace,
): Promise<void> {
  const directory = await lastSeen(ctx, workspace.repoId);
  if (directory === undefined || save.bundled) return;
  const what = {
    directory,
    vault: vaultPath(ctx, save.repoId).gitDir,
    oids: save.refs.map(({ oid }) => oid),
  };
  try {
    await sendAfterRestore(ctx, target, workspace, what);
  } catch (error) {
    if (!(error instanceof UserError) || error.exit === EXIT.interrupted) throw error;
    ctx.out.warn(
      `${error.message} The workspace is there; the rest follows with: agent-vm push ${quoted(workspace.branch)}`,
    );
  }
}

async function saveFor(ctx: Context, { branch, save }: Asked): Promise<Save> {
  if (branch !== undefined) {
    const name = await parseBranch(ctx, branch);
    return findSaveOf(ctx, { repo: await findRepository(ctx), branch: name, id: save });
  }
  if (save !== undefined) return findSave(ctx, save);
  throw new UserError("Say what to restore: a branch, or a save.", {
    hint: "See what was saved with: agent-vm trash list; then: agent-vm restore <branch>, or agent-vm restore --save <id>",
    exit: EXIT.usage,
  });
}

/** Whose workspace it was; undefined for what belongs to no branch of a repository. */
async function pairOf(ctx: Context, save: Save): Promise<Pair | undefined> {
  if (save.repoId === undefined || save.branch === undefined) return undefined;
  if (!isRepositoryId(save.repoId)) throw new Error("the record of a save has an odd repository id");
  return { repoName: save.repoName, repoId: save.repoId, branch: await parseBranch(ctx, save.branch) };
}

async function hostHas(ctx: Context, { repoId, branch }: Pair): Promise<boolean> {
  const place = await lastSeen(ctx, repoId);
  if (place === undefined) return false;
  return (await branchTip(ctx, { directory: place }, branch)) !== undefined;
}

function occupied(
  ctx: Context,
  save: Save,
  workspace: Workspace,
  state: Exclude<Rebuilt, "done">,
): UserError {
  const branch = sanitize(workspace.branch);
  const { gitDir } = vaultPath(ctx, save.repoId);
  const look = `git --git-dir ${quoted(gitDir)} show --stat refs/saves/${save.id}/own/tree`;
  const message =
    state === "back"
      ? `The deletion of the workspace ${workspace.dir} was interrupted; it is back in its place, with all its work.`
      : `The branch "${branch}" has a workspace in the VM: ~/workspace/${workspace.dir}; it was not touched.`;
  return new UserError(message, {
    details: [
      `The save ${save.id} of ${save.time} stays where it is.`,
      ...(save.bundled ? [] : [`See what it holds: ${look}`]),
    ],
    hint: `To have the save instead, clean it first (its work is saved then, too): agent-vm clean ${quoted(workspace.branch)}; then: agent-vm restore --save ${save.id}`,
    exit: EXIT.refused,
  });
}
