// One session from its credentials to its exit code: keys go in, or stay behind the credential proxy.
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { enterSession, newSessionId, type Session } from "./enter.ts";
import type { SessionEnvironment } from "./environment.ts";

/** Returns the command's exit code. Throws UserError (3) when the proxy is wanted and cannot be brought into the VM. */
export async function runSession(
  ctx: Context,
  target: Target,
  what: Pick<Session, "dir" | "command" | "rawTerminal" | "input"> & { environment: SessionEnvironment },
): Promise<number> {
  const id = newSessionId();
  if (ctx.settings.credentials === "env") return enterSession(ctx, target, { ...what, id });
  const { proxyKeys } = await import("../keeper/open-session.ts");
  const { values, used, left } = await proxyKeys(ctx, id, what.environment.values);
  const environment = { ...what.environment, values };
  try {
    return await enterSession(ctx, target, { ...what, id, environment, held: used });
  } finally {
    await left();
  }
}
