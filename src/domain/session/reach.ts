// A session of a branch, found in a VM that is up, for commands that work on one.
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { chooseSession } from "./choose.ts";
import { lookAtSessions } from "./look.ts";
import type { SeenSession } from "./seen.ts";
import { workspaceOf } from "./workspace.ts";

export interface Reached {
  target: Target;
  session: SeenSession;
}

/** Throws UserError (1, 2, 3) when there is no such workspace, session or VM. */
export async function reachSession(
  ctx: Context,
  branch: string,
  choice: { session?: string | undefined; over?: boolean },
): Promise<Reached> {
  const { dir } = await workspaceOf(ctx, branch);
  const target = await ctx.target({ running: true });
  const session = chooseSession(await lookAtSessions(ctx, target), { dir, branch, ...choice });
  return { target, session };
}
