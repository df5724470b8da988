// Deletes workspaces: what exists nowhere else is in the host's vault before anything goes.
import { existsSync } from "node:fs";
import type { Context } from "../../../context.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Target } from "../../../target.ts";
import { agreeTo, tellAsked } from "../../consent.ts";
import { endIdleShells, idleShellsIn } from "../../session/at-work.ts";
import type { Save } from "../../vault/save.ts";
import { parseBranch } from "../../workspace/branch.ts";
import type { WorkspaceDir } from "../../workspace/names.ts";
import { listWorkspaces, type Workspace, withWorkspaceLocks } from "../../workspace/registry.ts";
import { findRepository } from "../../workspace/repository.ts";
import { requireWorkspace } from "../../workspace/require.ts";
import { examine } from "../../workspace/unsaved.ts";
import { plural } from "../words.ts";
import { forgetSynced } from "./forget.ts";
import { comeBack, removeWorkspaces } from "./leave.ts";
import { saveAll, takeAway } from "./secure.ts";
import { reportLines } from "./work.ts";

export interface Cleaned {
  removed: WorkspaceDir[];
  /** What was kept of them. */
  saves: Save[];
  /** Names in ~/workspace that are nobody's workspace; cleaned, for the user to look at. */
  leftAlone: string[];
}

/** `agent-vm clean <branch>`. Throws UserError (4) when its work could not be saved, or somebody works in it. */
export async function cleanBranch(ctx: Context, name: string, force: boolean): Promise<Cleaned> {
  const branch = await parseBranch(ctx, name);
  const repo = await findRepository(ctx);
  const workspace = await requireWorkspace(ctx, repo, branch);
  const target = await ctx.target({ existing: true });
  const { dir } = workspace;
  const question = `Delete the workspace ${dir} of "${sanitize(branch)}"?`;
  const done = await withWorkspaceLocks(ctx, [dir], () =>
    clean(ctx, target, { workspaces: [workspace], force, question }),
  );
  return { ...done, leftAlone: [] };
}

/** `agent-vm clean-all`: every workspace of the VM. What else lies beside them is named and left alone. */
export async function cleanAll(ctx: Context, force: boolean): Promise<Cleaned> {
  const dirs = (await listWorkspaces(ctx)).map((one) => one.dir);
  // Without a VM there is nothing to delete, and none is made for that.
  if (dirs.length === 0 && !existsSync(ctx.paths.record)) return { removed: [], saves: [], leftAlone: [] };
  const target = await ctx.target({ existing: true });
  return withWorkspaceLocks(ctx, dirs, async () => {
    // Another command may have made or deleted one while we waited; only those that are locked are ours.
    const workspaces = (await listWorkspaces(ctx)).filter((one) => dirs.includes(one.dir));
    const question = `Delete ${plural(workspaces.length, "workspace")}: ${workspaces.map((one) => one.dir).join(", ")}?`;
    return clean(ctx, target, { workspaces, force, question });
  });
}

interface Cleaning {
  workspaces: readonly Workspace[];
  force: boolean;
  question: string;
}

async function clean(
  ctx: Context,
  target: Target,
  { workspaces, force, question }: Cleaning,
): Promise<Cleaned> {
  const dirs = workspaces.map((one) => one.dir);
  if (!force) await comeBack(ctx, target, dirs);
  const { examined, unknown } = force
    ? await namesAlone(ctx, target)
    : await examine(ctx, target, workspaces);
  const leftAlone = unknown
    .filter((name) => !dirs.includes(name as WorkspaceDir))
    .map((name) => sanitize(name));
  if (dirs.length === 0) return { removed: [], saves: [], leftAlone };
  if (force) {
    ctx.out.warn("Nothing is saved: --force deletes what exists nowhere else, too.");
    await removeWorkspaces(ctx, target, dirs, "any");
    await forgetSynced(ctx, workspaces);
    return { removed: dirs, saves: [], leftAlone };
  }
  const shells = await idleShellsIn(ctx, target, dirs);
  const work = reportLines(examined);
  if (work.length > 0)
    tellAsked(ctx, ["This exists nowhere else and is saved in the vault first:", ...work].join("\n"));
  const again = examined.reduce((sum, one) => sum + one.regenerable, 0);
  if (again > 0) tellAsked(ctx, `Not saved, because it can be made again: ${plural(again, "ignored file")}`);
  await agreeTo(ctx, question);
  await endIdleShells(ctx, target, shells);
  const kept = await saveAll(ctx, target, examined, "clean");
  await takeAway(ctx, target, examined, kept);
  await removeWorkspaces(ctx, target, dirs, "left");
  await forgetSynced(ctx, workspaces);
  return { removed: dirs, saves: kept.map((one) => one.save), leftAlone };
}

/** A workspace that git cannot read must not stand in the way of --force. */
const namesAlone = (ctx: Context, target: Target) => examine(ctx, target, []);
