// Our terminal in a session of the guest's tmux, until it is left, ends, or is cut off.
import type { Context } from "../../context.ts";
import { createScreenGuard } from "../../guard/screen-guard.ts";
import { sshArgv, type Target } from "../../target.ts";
import { ATTACH } from "./guest/open.ts";

/** What ATTACH ends with when there is no such session. */
const NONE = 69;
const SSH_FAILED = 255;

export type AttachEnd = "left or ended" | "cut off" | "no such session";

/** One attachment. Its own connection: what else travels must not delay a key. */
export async function attachOnce(
  ctx: Pick<Context, "run" | "settings">,
  target: Target,
  { name, rawTerminal }: { name: string; rawTerminal?: boolean },
): Promise<AttachEnd> {
  const argv = sshArgv(target, ["sh", "-c", ATTACH, "agent-vm", name], { tty: true, ownConnection: true });
  const screen = rawTerminal
    ? {}
    : { screen: createScreenGuard({ clipboard: ctx.settings.clipboard, questions: true }) };
  const { code } = await ctx.run(argv, { passThrough: true, ok: "any", ...screen });
  if (code === SSH_FAILED) return "cut off";
  return code === NONE ? "no such session" : "left or ended";
}
