// A workspace's shell or command over ssh, with nothing that `connect` brings: no keys, no session, no mount.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { enterSession, newSessionId } from "./enter.ts";
import { workspaceOf } from "./workspace.ts";

/** Returns the exit code of the shell or command. Throws UserError when the branch has no workspace. */
export async function plainShell(ctx: Context, branch: string, rawTerminal: boolean): Promise<number> {
  if (ctx.afterDashes?.length === 0) {
    throw new UserError('Nothing follows "--".', {
      hint: "Give a command: agent-vm ssh <branch> -- <command>",
      exit: EXIT.usage,
    });
  }
  const { dir } = await workspaceOf(ctx, branch);
  const target = await ctx.target({ existing: true });
  const command = ctx.afterDashes ?? [];
  return enterSession(ctx, target, {
    id: newSessionId(),
    dir,
    command,
    environment: { values: {} },
    rawTerminal,
  });
}
