// Everything of the guest's sessions, in one round trip; changes nothing.
import type { Context } from "../../context.ts";
import { parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import { callGuest } from "../sync/guest.ts";
import { LOOK } from "./guest/look.ts";
import { parseSessions, type SeenSession } from "./seen.ts";

/** Of an answer; a hostile guest's could be without end. */
const MOST_BYTES = 8 * 1024 * 1024;

/** The newest first. Throws UserError (3) when the VM does not answer. */
export async function lookAtSessions(
  ctx: Pick<Context, "run" | "signal"> & Partial<Pick<Context, "out">>,
  target: Target,
): Promise<SeenSession[]> {
  const said = await callGuest(ctx, target, { text: LOOK, most: MOST_BYTES });
  return parsed(said, parseSessions);
}
