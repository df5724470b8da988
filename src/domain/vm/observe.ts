// Looks at the VM without changing or waking it.
import { join } from "node:path";
import { findInstance, type Instance } from "../../adapters/limactl.ts";
import { masterAlive } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { type Holder, lockHolder } from "../../io/lock.ts";
import { sshArgv, type Target } from "../../target.ts";
import { findLima } from "./lima.ts";
import { hasForeignPids } from "./pids.ts";
import { readRecord, type VmRecord } from "./record.ts";
import { targetFor } from "./ssh-config.ts";
import { type VmState, vmState } from "./state.ts";

export interface Observation {
  state: VmState;
  record: VmRecord | undefined;
  instance: Instance | undefined;
  holder: Holder | undefined;
  stalePids: boolean;
}

export const vmLock = (ctx: Pick<Context, "paths">): string => join(ctx.paths.state, "locks", "vm.lock");

/** Milliseconds a look at the VM may take when it does not answer. */
const LOOK = 8000;

/** The VM's record and its shared connection, when one lives: whoever gets no answer over it calls observeVm. */
export async function connectedVm(ctx: Context): Promise<{ record: VmRecord; target: Target } | undefined> {
  const record = await readRecord(ctx.paths);
  const target = targetFor(ctx.paths);
  return record?.phase === "ready" && (await masterAlive(ctx.run, target)) ? { record, target } : undefined;
}

/**
 * Everything `status` and `start` decide on. A living shared connection answers without asking limactl; not so when it
 * is known that nothing comes over it (`silent`).
 */
export async function observeVm(ctx: Context, { silent = false } = {}): Promise<Observation> {
  const record = await readRecord(ctx.paths);
  const holder = await lockHolder(vmLock(ctx));
  const ready = record?.phase === "ready";
  const connected = silent || (ready && (await masterAlive(ctx.run, targetFor(ctx.paths))));
  if (connected && !silent && (await answers(ctx))) {
    return { state: "running", record, holder, instance: undefined, stalePids: false };
  }
  const lima = await findLima(ctx);
  const instance = lima && (await findInstance(lima, ctx.paths.vm));
  const stalePids = instance !== undefined && (await hasForeignPids(ctx.run, instance));
  // A shared connection that lives and carries no answer has told enough: a new one would wait as long.
  const live = ready && !connected && instance?.status === "Running" && (await answers(ctx));
  const state = vmState({
    phase: record?.phase,
    instance: instance?.status,
    stalePids,
    answers: live,
    busyWith: holder?.command.split(" ")[1],
  });
  return { state, record, instance, holder, stalePids };
}

/** One round trip, over the shared connection when there is one. */
async function answers(ctx: Context): Promise<boolean> {
  try {
    return (await ctx.run(sshArgv(targetFor(ctx.paths), ["true"]), { ok: "any", timeout: LOOK })).code === 0;
  } catch {
    return false;
  }
}
