// Our terminal in a session of the guest's tmux, until it is left, ends, or is cut off.
import { SSH_FAILED } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { createScreenGuard } from "../../guard/screen-guard.ts";
import { sshArgv, type Target } from "../../target.ts";
import { ATTACH, NO_TMUX } from "./guest/open.ts";

/** What ATTACH ends with when there is no such session. */
const NONE = 69;
/** Above it, a signal ended ssh. */
const BY_SIGNAL = 128;

/** "not shown": tmux is there and does not take this terminal. */
export type AttachEnd = "left or ended" | "cut off" | "no such session" | "no tmux" | "not shown";

export interface Attaching {
  /** tmux' name. */
  name: string;
  /** The session whose window is to be shown, where there are several. */
  show?: string | undefined;
  rawTerminal?: boolean;
}

/** One attachment. Its own connection: what else travels must not delay a key. Throws Interrupted when we are to end. */
export async function attachOnce(
  ctx: Pick<Context, "run" | "settings" | "signal" | "platform">,
  target: Target,
  { name, show = "", rawTerminal }: Attaching,
): Promise<AttachEnd> {
  const remote = ["sh", "-c", ATTACH, "agent-vm", name, show];
  const argv = [...endsWithUs(ctx.platform), ...sshArgv(target, remote, { tty: true, ownConnection: true })];
  const screen = rawTerminal
    ? {}
    : { screen: createScreenGuard({ clipboard: ctx.settings.clipboard, questions: true }) };
  const { code } = await ctx.run(argv, { passThrough: true, ok: "any", signal: ctx.signal, ...screen });
  if (code === SSH_FAILED || code > BY_SIGNAL) return "cut off";
  if (code === NO_TMUX) return "no tmux";
  if (code === NONE) return "no such session";
  return code === 0 ? "left or ended" : "not shown";
}

/** An ssh that outlives a killed command would hold on to the terminal. */
const endsWithUs = (platform: Context["platform"]): string[] =>
  platform === "linux" ? ["setpriv", "--pdeathsig", "HUP", "--"] : [];
