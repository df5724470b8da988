// Text and keys for a session, as if typed in it.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { callGuest } from "../sync/guest.ts";
import { SEND } from "./guest/steer.ts";
import { noTerminal } from "./no-terminal.ts";
import { reachSession } from "./reach.ts";

export interface Sending {
  session?: string | undefined;
  /** "" for none. */
  text: string;
  /** tmux' names of keys: Enter, Escape, C-c, Up. */
  keys: readonly string[];
}

/** tmux' names and single characters; anything else would be typed as text, which is what `text` is for. */
const KEY = /^(?:[CMS]-){0,3}(?:[A-Za-z][A-Za-z0-9]{0,9}|[!-~])$/;

/** Throws UserError (2) for what is no key, (1) when the session has no terminal to type in. */
export async function sendToSession(
  ctx: Context,
  branch: string,
  { session, text, keys }: Sending,
): Promise<void> {
  const wrong = keys.find((key) => !KEY.test(key));
  if (wrong !== undefined) {
    throw new UserError(`"${wrong}" is no key.`, {
      hint: "Keys are Enter, Escape, Tab, Space, BSpace, Up, F1, C-c, M-x and their like.",
      exit: EXIT.usage,
    });
  }
  const found = await reachSession(ctx, branch, { session });
  const args = [found.session.id, ...keys];
  try {
    await callGuest(ctx, found.target, { text: SEND, args, data: Buffer.from(text) });
  } catch (error) {
    throw noTerminal(error, branch);
  }
}
