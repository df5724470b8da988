// The way of workspaces to their deletion: saved in the vault first, then renamed away, then proven not to have changed.
import type { Context } from "../../../context.ts";
import { EXIT, ToolError, UserError } from "../../../errors.ts";
import type { Target } from "../../../target.ts";
import { agreeToSize } from "../../consent.ts";
import { refuseAtWork } from "../../session/at-work.ts";
import type { Save } from "../../vault/save.ts";
import type { WorkspaceDir } from "../../workspace/names.ts";
import { type Examined, examine } from "../../workspace/unsaved.ts";
import { comeBack, leave } from "./leave.ts";
import { fingerprintOf, saveWorkspace } from "./save.ts";
import { reportLines } from "./work.ts";

export interface Kept {
  dir: WorkspaceDir;
  save: Save;
  /** What the workspace was when it was saved. */
  fingerprint: string;
}

const hasWork = (one: Examined): boolean => one.lines.length > 0;

/** Commits named to the guest so that it can tell what is new; only for the size of it. */
const MAX_KNOWN = 100;

/**
 * Saves every workspace with work, one after the other. Throws UserError (4) when one cannot be saved: then nothing was
 * deleted, and what was saved before it stays in the vault.
 */
export async function saveAll(
  ctx: Context,
  target: Target,
  examined: readonly Examined[],
  why: Save["why"],
): Promise<Kept[]> {
  for (const one of examined) if (one.state === "foreign") throw notARepository(one);
  const kept: Kept[] = [];
  for (const one of examined.filter(hasWork)) {
    const { workspace, repo, dir, mark } = one;
    const { save, fingerprint } = await saveWorkspace(ctx, target, {
      dir: workspace.dir,
      workspace,
      repo,
      why,
      ignored: true,
      ...(mark !== undefined && { mark }),
      known: one.onHost.slice(0, MAX_KNOWN),
      agree: (bytes) => agreeToSize(ctx, dir, bytes),
    });
    kept.push({ dir: workspace.dir, save, fingerprint });
  }
  return kept;
}

function notARepository({ dir }: Examined): UserError {
  return new UserError(
    `~/workspace/${dir} is not a git repository any more, so it cannot be saved; nothing was deleted.`,
    {
      hint: `Look at it with agent-vm connect; give it another name if it is to stay (mv ~/workspace/${dir} ~/workspace/other-name), or delete it unseen with --force.`,
      exit: EXIT.refused,
    },
  );
}

/**
 * Renames the workspaces away and proves that nobody changed them since they were looked at: no process in them, those
 * that were saved still the same, the others still without work. Otherwise they are renamed back and a UserError (4) is
 * thrown. From here on nobody reaches them by their path, so they may be deleted.
 */
export async function takeAway(
  ctx: Context,
  target: Target,
  examined: readonly Examined[],
  kept: readonly Kept[],
): Promise<void> {
  const dirs = examined.map((one) => one.workspace.dir);
  try {
    await leave(ctx, target, dirs);
    await refuseAtWork(ctx, target, dirs);
    await refuseChanged(ctx, target, examined, kept);
  } catch (error) {
    await putBack(ctx, target, dirs);
    throw error instanceof ToolError ? cannotLookAgain(error) : error;
  }
}

async function refuseChanged(
  ctx: Context,
  target: Target,
  examined: readonly Examined[],
  kept: readonly Kept[],
): Promise<void> {
  const changed: string[] = [];
  const saved = new Map(kept.map((one) => [one.dir, one]));
  for (const { workspace, repo } of examined) {
    const before = saved.get(workspace.dir);
    if (before === undefined) continue;
    const place = { dir: `.agent-vm.leaving.${workspace.dir}`, workspace, repo, ignored: true };
    if ((await fingerprintOf(ctx, target, place)) !== before.fingerprint) changed.push(workspace.dir);
  }
  const others = examined.filter((one) => !saved.has(one.workspace.dir)).map((one) => one.workspace);
  if (others.length > 0) changed.push(...reportLines((await examine(ctx, target, others, true)).examined));
  if (changed.length === 0) return;
  throw new UserError("Something changed there in the meantime, so nothing was deleted.", {
    details: changed,
    hint: "See that no agent works there any more, then run the same command again.",
    exit: EXIT.refused,
  });
}

/** Also after Ctrl-C, which must not leave a workspace under another name. */
export async function putBack(ctx: Context, target: Target, dirs: readonly WorkspaceDir[]): Promise<void> {
  try {
    await comeBack({ ...ctx, signal: new AbortController().signal }, target, dirs);
  } catch (error) {
    if (error instanceof UserError && error.exit === EXIT.refused) {
      ctx.out.warn([error.message, ...error.details, error.hint ?? ""].join(" "));
      return;
    }
    ctx.out.warn(
      "The VM did not answer when workspaces were to get their names back: they may lie in ~/workspace/.agent-vm.leaving.*, whole, until the next command.",
    );
  }
}

function cannotLookAgain(error: ToolError): UserError {
  return new UserError("The workspaces could not be looked at once more, so nothing was deleted.", {
    details: error.failure.stderrTail.split("\n").filter(Boolean),
    hint: "Put that right and run the same command again.",
    exit: EXIT.refused,
    cause: error,
  });
}
