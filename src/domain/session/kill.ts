// Ends a session: hangs up, waits, and kills what does not go.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { callGuest } from "../sync/guest.ts";
import { KILL } from "./guest/steer.ts";
import { noTerminal } from "./no-terminal.ts";
import { reachSession } from "./reach.ts";

export type Killed = "ended" | "killed" | "left";

/** The sentence to say. Throws UserError (1) when something of it does not go. */
export async function killSession(
  ctx: Context,
  branch: string,
  { session, grace }: { session?: string | undefined; grace: number },
): Promise<string> {
  const found = await reachSession(ctx, branch, { session });
  const { id } = found.session;
  const said = await callGuest(ctx, found.target, { text: KILL, args: [id, String(grace)] }).catch(
    (error) => {
      throw noTerminal(error, branch);
    },
  );
  const how = parsed(said, parseKilled);
  const name = `The session ${id.slice(0, 8)} of ${sanitize(branch)}`;
  if (how === "left") {
    throw new UserError(`${name} does not end.`, {
      hint: "Look at its processes: agent-vm connect -- ps xf; the last resort: agent-vm restart",
      exit: EXIT.failed,
    });
  }
  return how === "killed" ? `${name} did not end within ${grace} s and was killed.` : `${name} has ended.`;
}

/** The answer of KILL. */
export const parseKilled = (answer: string): Killed =>
  answer === "ended" || answer === "killed" ? answer : "left";
