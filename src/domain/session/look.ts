// Everything of the guest's sessions, in one round trip; changes nothing.
import type { Context } from "../../context.ts";
import { parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import { callGuest } from "../sync/guest.ts";
import { LOOK } from "./guest/look.ts";
import { parseSessions, type SeenSession } from "./seen.ts";

/** The newest first. Throws UserError (3) when the VM does not answer. */
export async function lookAtSessions(ctx: Context, target: Target): Promise<SeenSession[]> {
  const said = await callGuest(ctx, target, { text: LOOK });
  return parsed(said, parseSessions);
}
