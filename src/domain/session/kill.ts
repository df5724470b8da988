// Ends a session: it is asked, and killed when it does not go.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { endSessions } from "./end.ts";
import { reachSession } from "./reach.ts";

/** The sentence to say. Throws UserError (1) when something of it does not go. */
export async function killSession(
  ctx: Context,
  branch: string,
  { session, grace }: { session?: string | undefined; grace: number },
): Promise<string> {
  const found = await reachSession(ctx, branch, { session });
  const { id } = found.session;
  const { killed, left } = await endSessions(ctx, found.target, [id], { why: "kill", grace });
  const name = `The session ${id.slice(0, 8)} of ${sanitize(branch)}`;
  if (left.length > 0) {
    throw new UserError(`${name} does not end.`, {
      hint: "Look at its processes: agent-vm connect -- ps xf; the last resort: agent-vm restart",
      exit: EXIT.failed,
    });
  }
  return killed.length > 0 ? `${name} did not end within ${grace} s and was killed.` : `${name} has ended.`;
}
