// Looks at the VM without changing or waking it.
import { join } from "node:path";
import { findInstance, type Instance } from "../../adapters/limactl.ts";
import { masterAlive } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { type Holder, lockHolder } from "../../io/lock.ts";
import { sshArgv } from "../../target.ts";
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

export const vmLock = (ctx: Context): string => join(ctx.paths.state, "locks", "vm.lock");

/** Seconds a look at the VM may take when it does not answer. */
const LOOK = 8000;

/** Everything `status` and `start` decide on. A living shared connection answers without asking limactl. */
export async function observeVm(ctx: Context): Promise<Observation> {
  const record = await readRecord(ctx.paths);
  const holder = await lockHolder(vmLock(ctx));
  if (record?.phase === "ready" && (await answers(ctx, true))) {
    return { state: "running", record, holder, instance: undefined, stalePids: false };
  }
  const lima = await findLima(ctx);
  const instance = lima && (await findInstance(lima, ctx.paths.vm));
  const stalePids = instance !== undefined && (await hasForeignPids(ctx.run, instance));
  const live = record?.phase === "ready" && instance?.status === "Running" && (await answers(ctx, false));
  const state = vmState({
    phase: record?.phase,
    instance: instance?.status,
    stalePids,
    answers: live,
    busyWith: holder?.command.split(" ")[1],
  });
  return { state, record, instance, holder, stalePids };
}

/** Asks the shared connection; with `local`, only one that is open already. Both are proved by a round trip. */
async function answers(ctx: Context, local: boolean): Promise<boolean> {
  const target = targetFor(ctx.paths);
  if (local && !(await masterAlive(ctx.run, target))) return false;
  try {
    return (await ctx.run(sshArgv(target, ["true"]), { ok: "any", timeout: LOOK })).code === 0;
  } catch {
    return false;
  }
}
