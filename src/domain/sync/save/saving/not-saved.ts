// Why a workspace could not be saved, in words.
import type { Context } from "../../../../context.ts";
import { EXIT, explain, ToolError, UserError } from "../../../../errors.ts";
import type { Target } from "../../../../target.ts";
import { fsckHint, isDamaged } from "../../damage.ts";
import { quoted } from "../../plan.ts";
import type { ToSave } from "./what.ts";

/** What is thrown in the place of an error: that of a person who ended it, or of a fault of ours, stays as it is. */
export async function notSaved(ctx: Context, target: Target, what: ToSave, error: unknown): Promise<unknown> {
  const told = explain(error);
  if (told.exit === EXIT.interrupted || told.exit === EXIT.bug) return error;
  const then = what.why === "wip" ? "; nothing was changed" : ", so nothing was deleted";
  // Of a program that failed, what it said; its command line is ours and long.
  const details =
    error instanceof ToolError
      ? error.failure.stderrTail.split("\n").filter(Boolean)
      : [told.message, ...told.details];
  const exit = told.exit === EXIT.notReady ? EXIT.notReady : EXIT.refused;
  const { dir, branch } = what.workspace;
  const ofGit =
    error instanceof ToolError || (error instanceof UserError && error.cause instanceof ToolError);
  if (ofGit && exit === EXIT.refused && (await isDamaged(ctx, target, dir))) {
    const unseen = `deleted unseen, with all its work: agent-vm clean ${quoted(branch)} --force`;
    return new UserError(
      `The repository of the workspace ${dir} is damaged and could not be saved whole${then}.`,
      {
        details,
        hint: what.why === "clean" ? `${fsckHint(dir)}; ${unseen}` : fsckHint(dir),
        exit,
        cause: error,
      },
    );
  }
  return new UserError(`The work in ${dir} could not be saved${then}.`, {
    details,
    hint: told.hint ?? "Put that right and run the same command again.",
    exit,
    cause: error,
  });
}
