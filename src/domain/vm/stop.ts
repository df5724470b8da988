// Stops the VM after its sessions have ended, and the mount and the connections are gone.
import { stopInstance } from "../../adapters/limactl.ts";
import { closeMasters } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { withLock } from "../../io/lock.ts";
import { endWithVm } from "../keeper/over.ts";
import { unmount } from "../mount/unmount.ts";
import { endAllSessions } from "../session/end-all.ts";
import { requireInstance } from "./instance.ts";
import { requireLima } from "./lima.ts";
import { observeVm, vmLock } from "./observe.ts";
import { removeStalePids } from "./pids.ts";
import { targetFor } from "./ssh-config.ts";
import { lockOptions } from "./start.ts";

/** Returns false when there was nothing to stop. `grace`: seconds that sessions get; as the settings say, unless given. */
export function stopVm(ctx: Context, force: boolean, grace?: number): Promise<boolean> {
  return withLock(vmLock(ctx), lockOptions(ctx), () => stopLocked(ctx, force, grace));
}

export async function stopLocked(ctx: Context, force: boolean, grace?: number): Promise<boolean> {
  const lima = await requireLima(ctx);
  const { record, state, stalePids } = await observeVm(ctx);
  if (record === undefined || state === "missing") return false;
  const instance = await requireInstance(ctx, lima);
  if (!force && state === "running")
    await endAllSessions(ctx, targetFor(ctx.paths), grace ?? ctx.settings.stop_grace);
  await unmountFirst(ctx, force);
  await endWithVm(ctx.paths);
  await closeMasters(ctx.run, targetFor(ctx.paths));
  if (stalePids) await removeStalePids(instance);
  if (stalePids || instance.status === "Stopped" || instance.status === "") return false;
  const step = ctx.out.step(`stop the VM ${instance.name}`);
  try {
    await stopInstance(lima, instance.name, force || instance.status === "Broken");
    step.done();
    return true;
  } catch (error) {
    step.failed();
    if (!(error instanceof ToolError)) throw error;
    throw new UserError("The VM did not stop.", {
      details: error.failure.stderrTail.split("\n").filter(Boolean),
      hint: "End it hard, as if its power were cut: agent-vm stop --force",
      exit: EXIT.failed,
      cause: error,
    });
  }
}

/** A mount that cannot be taken away keeps the VM running, so that nobody's programs hang on it; not so by force. */
async function unmountFirst(ctx: Context, force: boolean): Promise<void> {
  try {
    await unmount(ctx);
  } catch (error) {
    if (!force || !(error instanceof UserError)) throw error;
    ctx.out.warn([error.message, ...error.details].join(" "));
  }
}
