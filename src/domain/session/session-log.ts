// What a session wrote, as it is kept in the guest: cleaned, or every byte of it.
import { PassThrough } from "node:stream";
import { SSH_FAILED, unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { createPlainText } from "../../guard/plain-text.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { sshArgv } from "../../target.ts";
import { GONE, LOGS, NOTHING_KEPT } from "./guest/steer.ts";
import { reachSession } from "./reach.ts";

export interface LogOptions {
  session?: string | undefined;
  follow: boolean;
  /** Seconds since 1970. */
  since?: number | undefined;
}

/**
 * Lines go out as they come; one that is followed ends with its session. Throws UserError (1) when nothing was kept, (3)
 * when the VM does not answer, or does so no more.
 */
export async function showSessionLog(ctx: Context, branch: string, options: LogOptions): Promise<void> {
  const { session, follow, since } = options;
  const found = await reachSession(ctx, branch, { session, over: true });
  const words = [found.session.id, follow ? "follow" : "", since === undefined ? "" : String(since)];
  const argv = sshArgv(found.target, ["sh", "-c", LOGS, "agent-vm", ...words]);
  const text = createPlainText((line) => ctx.out.answer(sanitize(line, Number.POSITIVE_INFINITY)));
  const into = new PassThrough().on("data", text.take);
  const code = await exitCode(ctx, argv, into);
  text.end();
  const name = sanitize(branch);
  if (code === GONE) {
    const how = found.session.state === "lost" ? "ended with the VM" : "was killed";
    ctx.out.say(`The session of ${name} ${how}; nothing more comes.`);
  }
  if (code !== NOTHING_KEPT) return;
  throw new UserError(`Nothing is kept of that session of ${name}.`, {
    hint: "See which sessions there are: agent-vm ps --all",
    exit: EXIT.failed,
  });
}

async function exitCode(ctx: Context, argv: readonly string[], into: PassThrough): Promise<number> {
  try {
    return (await ctx.run(argv, { into, ok: [0, GONE, NOTHING_KEPT], signal: ctx.signal })).code;
  } catch (error) {
    throw error instanceof ToolError && error.failure.code === SSH_FAILED ? unreachable(error) : error;
  }
}
