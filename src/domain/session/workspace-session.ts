// The lasting session of a workspace: opened when it is missing, entered when it is there.
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { newSessionId } from "./enter.ts";
import type { SessionEnvironment } from "./environment.ts";
import { memoryBytes } from "./memory.ts";
import { tmuxName } from "./names.ts";
import { openSession } from "./open.ts";
import { backTo, stayInSession, vmStopped } from "./stay.ts";

export interface Entering {
  dir: string;
  branch: string | undefined;
  environment: SessionEnvironment;
  another: boolean;
  rawTerminal: boolean;
  isStopped?: () => Promise<boolean>;
}

/** Returns the exit code of its first shell when that ended, 0 when the session goes on. */
export async function enterWorkspaceSession(
  ctx: Context,
  target: Target,
  entering: Entering,
): Promise<number> {
  const { dir, branch, environment, another, rawTerminal } = entering;
  const isStopped = entering.isStopped ?? (() => vmStopped(ctx));
  const id = newSessionId();
  const name = tmuxName(dir);
  const memory = memoryBytes(ctx.settings.session_memory ?? "");
  await openSession(ctx, target, { id, name, dir, title: branch ?? "home", environment, another, memory });
  const stayed = await stayInSession(ctx, target, { name, id, back: backTo(branch), rawTerminal, isStopped });
  return stayed.code;
}
