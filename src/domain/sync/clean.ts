// Deletes workspaces, after proving that nothing in them exists nowhere else.
import { existsSync } from "node:fs";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { agreeTo } from "../consent.ts";
import { parseBranch } from "../workspace/branch.ts";
import { isWorkspaceDir, type WorkspaceDir } from "../workspace/names.ts";
import { forgetWorkspace, listWorkspaces, withWorkspaceLock } from "../workspace/registry.ts";
import { findRepository } from "../workspace/repository.ts";
import { reportsOn, unsavedWork } from "../workspace/unsaved.ts";
import { requireWorkspace } from "./fetch.ts";
import { REMOVE } from "./guest/remove.ts";
import { callGuest } from "./guest.ts";
import { observe } from "./observe.ts";
import { quoted } from "./plan.ts";
import { countText, reportLines, type WorkReport } from "./work.ts";

/** `agent-vm clean <branch>`: returns the directory that is gone. Throws UserError (4) when work would be lost. */
export async function cleanBranch(ctx: Context, name: string, force: boolean): Promise<WorkspaceDir> {
  const branch = await parseBranch(ctx, name);
  const repo = await findRepository(ctx);
  const workspace = await requireWorkspace(ctx, repo, branch);
  const target = await ctx.target({ existing: true });
  await withWorkspaceLock(ctx, workspace.dir, async () => {
    if (!force) {
      const { observations } = await observe(ctx, target, [{ dir: workspace.dir, branch }], "deep");
      refuseLoss(await reportsOn(ctx, [workspace], observations), `agent-vm clean ${quoted(branch)}`);
      await agreeTo(ctx, `Delete the workspace ${workspace.dir} of "${sanitize(branch)}"?`);
    }
    await remove(ctx, target, [workspace.dir]);
  });
  return workspace.dir;
}

export interface CleanedAll {
  removed: string[];
  /** Names that no command of ours would make; cleaned, for the user to look at. */
  leftAlone: string[];
}

/** `agent-vm clean-all`: every workspace of the VM, and with `force` what else lies beside them. */
export async function cleanAll(ctx: Context, force: boolean): Promise<CleanedAll> {
  const dirs = (await listWorkspaces(ctx)).map((one) => one.dir).sort();
  // Without a VM there is nothing to delete, and none is made for that.
  if (dirs.length === 0 && !existsSync(ctx.paths.record)) return { removed: [], leftAlone: [] };
  const target = await ctx.target({ existing: true });
  return withLocks(ctx, dirs, async () => {
    const reports = await unsavedWork(ctx, target);
    if (!force) refuseLoss(reports, "agent-vm clean-all");
    const safe = reports.map((one) => one.dir).filter(isWorkspaceDir);
    const leftAlone = reports.filter((one) => !isWorkspaceDir(one.dir)).map((one) => sanitize(one.dir));
    if (safe.length === 0) return { removed: [], leftAlone };
    if (!force) await agreeTo(ctx, `Delete ${countText(reports)}: ${safe.join(", ")}?`);
    await remove(ctx, target, safe);
    return { removed: safe, leftAlone };
  });
}

function refuseLoss(reports: readonly WorkReport[], command: string): void {
  const lines = reportLines(reports);
  if (lines.length === 0) return;
  throw new UserError("That would delete work which exists nowhere else.", {
    details: lines,
    hint: `Bring commits home with agent-vm fetch <branch>, or delete it all: ${command} --force`,
    exit: EXIT.refused,
  });
}

/** One lock inside the other, always in the same order. */
async function withLocks<T>(ctx: Context, dirs: readonly WorkspaceDir[], work: () => Promise<T>): Promise<T> {
  const [first, ...rest] = dirs;
  return first === undefined ? work() : withWorkspaceLock(ctx, first, () => withLocks(ctx, rest, work));
}

/** How many names travel in one command line. */
const CHUNK = 500;

async function remove(ctx: Context, target: Target, dirs: readonly WorkspaceDir[]): Promise<void> {
  const step = ctx.out.step(`delete ${dirs.length === 1 ? dirs[0] : `${dirs.length} workspaces`}`);
  for (let at = 0; at < dirs.length; at += CHUNK) {
    const some = dirs.slice(at, at + CHUNK);
    try {
      await callGuest(ctx, target, { text: REMOVE, args: some });
    } catch (error) {
      step.failed();
      throw notRemoved(error);
    }
    for (const dir of some) await forgetWorkspace(ctx, dir);
  }
  step.done();
}

function notRemoved(error: unknown): unknown {
  if (!(error instanceof ToolError)) return error;
  return new UserError("The VM could not delete everything.", {
    details: error.failure.stderrTail.split("\n").filter(Boolean),
    hint: "What is left lies in ~/workspace/.agent-vm.trash.*; run the same command again.",
    cause: error,
  });
}
