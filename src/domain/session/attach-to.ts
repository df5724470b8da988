// This terminal in a session of a branch that is running.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { withProxy } from "../vm/proxy-forward.ts";
import { commandName, tmuxName } from "./names.ts";
import { reachSession } from "./reach.ts";
import { stayInSession, vmStopped } from "./stay.ts";

/** Returns the session's exit code when it ends, 0 when it is left. Throws UserError (2) off a terminal. */
export async function attachTo(
  ctx: Context,
  branch: string,
  { session, rawTerminal }: { session?: string; rawTerminal: boolean },
): Promise<number> {
  if (!ctx.interactive) {
    throw new UserError("Only a terminal can be attached to a session.", {
      hint: `What it wrote: agent-vm logs ${sanitize(branch)}; what it is told: agent-vm send ${sanitize(branch)} TEXT`,
      exit: EXIT.usage,
    });
  }
  const { target, session: found } = await reachSession(ctx, branch, { session });
  // The guest's word is only compared: the name is one of the two that we give.
  const names = [tmuxName(found.dir), commandName(found.dir, found.id)];
  const name = names.find((one) => one === found.name);
  if (name === undefined) {
    throw new UserError(`The session ${found.id.slice(0, 8)} runs attached to the command that started it.`, {
      hint: `What it wrote: agent-vm logs ${sanitize(branch)}`,
      exit: EXIT.failed,
    });
  }
  const which = session === undefined ? "" : ` --session ${found.id.slice(0, 8)}`;
  const back = `agent-vm attach ${sanitize(branch)}${which}`;
  const stay = {
    name,
    id: found.id,
    back,
    show: session !== undefined,
    rawTerminal,
    isStopped: () => vmStopped(ctx),
  };
  // It has it from the command that began it, unless the keeper was ended meanwhile.
  const stayed = await withProxy(ctx, target, () => stayInSession(ctx, target, stay), { lasting: true });
  return stayed.code;
}
