// Workspaces on their way out: renamed away, renamed back, or deleted for good.

import type { Context } from "../../../context.ts";
import { EXIT, ToolError, UserError } from "../../../errors.ts";
import { parsed } from "../../../guard/from-guest.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Target } from "../../../target.ts";
import { forgetCarried } from "../../carry/record.ts";
import type { WorkspaceDir } from "../../workspace/names.ts";
import { forgetWorkspace } from "../../workspace/registry.ts";
import { COME_BACK, LEAVE } from "../guest/leave.ts";
import { REMOVE } from "../guest/remove.ts";
import { callGuest } from "../guest.ts";
import { fields, notUnderstood } from "../parse.ts";

/** How many names travel in one command line. */
const CHUNK = 500;

const chunks = (dirs: readonly WorkspaceDir[]): WorkspaceDir[][] =>
  Array.from({ length: Math.ceil(dirs.length / CHUNK) }, (_, at) => dirs.slice(at * CHUNK, (at + 1) * CHUNK));

/** Renames workspaces away, so that nobody opens them by their path any more. */
export async function leave(ctx: Context, target: Target, dirs: readonly WorkspaceDir[]): Promise<void> {
  for (const some of chunks(dirs)) await callGuest(ctx, target, { text: LEAVE, args: some });
}

/**
 * Renames back what an earlier command, or this one, renamed away. Throws UserError (4) when something else has taken
 * the place meanwhile: both are work, and only the user can tell what is to become of them.
 */
export async function comeBack(ctx: Context, target: Target, dirs: readonly WorkspaceDir[]): Promise<void> {
  const taken: string[] = [];
  for (const some of chunks(dirs)) {
    const said = await callGuest(ctx, target, { text: COME_BACK, args: some });
    taken.push(...parsed(said, fields));
  }
  if (taken.length === 0) return;
  // Names for a command to copy are ours, not the VM's.
  const first = dirs.find((dir) => taken.includes(dir));
  const strange = taken.find((name) => !dirs.some((dir) => dir === name));
  if (first === undefined || strange !== undefined) throw notUnderstood(strange ?? "");
  throw new UserError(
    "A workspace whose deletion was interrupted finds its place taken; nothing was deleted.",
    {
      details: taken.map(
        (name) => `~/workspace/.agent-vm.leaving.${sanitize(name)} and ~/workspace/${sanitize(name)}`,
      ),
      hint: `Look at both with agent-vm connect, then give one another name, for example: mv ~/workspace/.agent-vm.leaving.${first} ~/workspace/old-${first}`,
      exit: EXIT.refused,
    },
  );
}

/** "left": what was renamed away and proven; "any": by force, wherever it lies. Then the map forgets them. */
export async function removeWorkspaces(
  ctx: Context,
  target: Target,
  dirs: readonly WorkspaceDir[],
  which: "left" | "any",
): Promise<void> {
  if (dirs.length === 0) return;
  const step = ctx.out.step(`delete ${dirs.length === 1 ? dirs[0] : `${dirs.length} workspaces`}`);
  for (const some of chunks(dirs)) {
    try {
      await callGuest(ctx, target, { text: REMOVE, args: [which, ...some] });
    } catch (error) {
      step.failed();
      throw notRemoved(error);
    }
    for (const dir of some) {
      await forgetWorkspace(ctx, dir);
      await forgetCarried(ctx, dir);
    }
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
