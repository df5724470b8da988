// A session that tmux does not have: it ended just now, or it runs on the streams of the command that started it.
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";

/** What the guest's scripts end with when there is no such session. */
const NONE = 69;

/** The error to throw instead. */
export function noTerminal(error: unknown, branch: string): unknown {
  if (!(error instanceof ToolError) || error.failure.code !== NONE) return error;
  return new UserError(`The session of ${sanitize(branch)} has no terminal in the VM.`, {
    hint: "It has ended, or it runs attached to the command that started it; see: agent-vm ps --all",
    exit: EXIT.failed,
    cause: error,
  });
}

export const noTmux = (): UserError =>
  new UserError("The VM has no tmux, in which sessions live.", {
    hint: "Bring it up to date: agent-vm upgrade; a plain shell meanwhile: agent-vm connect --no-session",
    exit: EXIT.notReady,
  });
