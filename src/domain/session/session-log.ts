// What a session wrote, as it is kept in the guest: cleaned, or every byte of it.
import { PassThrough } from "node:stream";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { createPlainText } from "../../guard/plain-text.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { sshArgv } from "../../target.ts";
import { LOGS } from "./guest/steer.ts";
import { reachSession } from "./reach.ts";

export interface LogOptions {
  session?: string | undefined;
  follow: boolean;
  /** Seconds since 1970. */
  since?: number | undefined;
}

const NONE = 69;

/** Lines go out as they come. Throws UserError (1) when nothing was kept. */
export async function showSessionLog(ctx: Context, branch: string, options: LogOptions): Promise<void> {
  const { session, follow, since } = options;
  const found = await reachSession(ctx, branch, { session, over: true });
  const words = [found.session.id, follow ? "follow" : "", since === undefined ? "" : String(since)];
  const argv = sshArgv(found.target, ["sh", "-c", LOGS, "agent-vm", ...words]);
  const text = createPlainText((line) => ctx.out.answer(sanitize(line, Number.POSITIVE_INFINITY)));
  const into = new PassThrough().on("data", text.take);
  const { code } = await ctx.run(argv, { into, ok: "any", signal: ctx.signal });
  text.end();
  if (code !== NONE) return;
  throw new UserError(`Nothing is kept of that session of ${sanitize(branch)}.`, {
    hint: "See which sessions there are: agent-vm ps --all",
    exit: EXIT.failed,
  });
}
