// Deletes the VM, after proving that nothing in it exists nowhere else.
import { rm } from "node:fs/promises";
import { deleteInstance } from "../../adapters/limactl.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { withLock } from "../../io/lock.ts";
import { agreeTo } from "../consent.ts";
import { removeMountpoint } from "../mount/mountpoint.ts";
import { unmount } from "../mount/unmount.ts";
import { refuseUnsavedWork } from "../workspace/unsaved.ts";
import { requireLima } from "./lima.ts";
import { observeVm, vmLock } from "./observe.ts";
import { targetFor } from "./ssh-config.ts";
import { lockOptions, startVm } from "./start.ts";
import { stopLocked } from "./stop.ts";

/** Returns false when there was no VM. Throws UserError (4) when work would be lost or nobody agreed. */
export async function destroyVm(ctx: Context, force: boolean): Promise<boolean> {
  const seen = await observeVm(ctx);
  if (seen.record === undefined) return refuseForeign(ctx, seen.state);
  // Before its first provisioning no workspace can be in it.
  if ((seen.record.phase === "ready" && seen.instance !== undefined) || seen.state === "running") {
    if (!force) await proveNothingIsLost(ctx, seen.state);
  }
  if (!force) await agreeTo(ctx, `Delete the VM ${ctx.paths.vm} with everything in it?`);
  await withLock(vmLock(ctx), lockOptions(ctx), () => destroyLocked(ctx, force));
  return true;
}

function refuseForeign(ctx: Context, state: string): false {
  if (state !== "foreign") return false;
  throw new UserError(
    `A Lima instance called ${ctx.paths.vm} exists that agent-vm did not make; it is left alone.`,
    {
      hint: `If it is yours to delete: limactl delete ${ctx.paths.vm}`,
      exit: EXIT.refused,
    },
  );
}

async function proveNothingIsLost(ctx: Context, state: string): Promise<void> {
  if (state !== "running") {
    ctx.out.say(
      `The VM is ${state}; it is started to see whether its workspaces hold work that is nowhere else.`,
    );
    await startOrRefuse(ctx);
  }
  await refuseUnsavedWork(ctx, targetFor(ctx.paths));
}

async function startOrRefuse(ctx: Context): Promise<void> {
  try {
    await startVm(ctx);
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError("The VM cannot be started, so nobody can tell what work is in it.", {
      details: [cause.message, ...cause.details],
      hint: "Repair it (agent-vm doctor), or delete it unseen: agent-vm destroy --force",
      exit: EXIT.refused,
      cause,
    });
  }
}

async function destroyLocked(ctx: Context, force: boolean): Promise<void> {
  const lima = await requireLima(ctx);
  const { instance, state } = await observeVm(ctx);
  if (instance !== undefined || state === "running") {
    await stopLocked(ctx, force);
    const step = ctx.out.step(`delete the VM ${ctx.paths.vm}`);
    await deleteInstance(lima, ctx.paths.vm);
    step.done();
  }
  await unmount(ctx);
  await removeMountpoint(ctx.paths);
  // The record last: until then the VM is known to be ours, so that an interrupted deletion can go on.
  const { sshConfig, knownHosts, workspaces, record } = ctx.paths;
  for (const file of [sshConfig, knownHosts, workspaces, record]) await rm(file, { force: true });
}
