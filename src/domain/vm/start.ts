// From any state to a VM that is up, pinned and provisioned; the same path goes on after an interruption.
import { identityFile } from "../../adapters/limactl.ts";
import { masterAlive } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { writeWhole } from "../../io/json-file.ts";
import { withLock } from "../../io/lock.ts";
import type { Target } from "../../target.ts";
import { ensureHost } from "../host/setup.ts";
import { refreshHosts } from "../ssh-hosts/refresh.ts";
import { listWorkspaces } from "../workspace/registry.ts";
import { bootInstance, refuseOpenConfiguration } from "./boot.ts";
import { ensureCreated } from "./create.ts";
import { loadSteps } from "./inputs.ts";
import { requireInstance } from "./instance.ts";
import { requireLima } from "./lima.ts";
import { observeVm, vmLock } from "./observe.ts";
import { decideProxy } from "./proxy.ts";
import { readyGuest, upToDate } from "./ready.ts";
import { readRecord, writeRecord } from "./record.ts";
import { prepareSockets } from "./sockets.ts";
import { sshConfig, targetFor } from "./ssh-config.ts";
import { awaitSshd } from "./sshd-banner.ts";

export interface Started {
  target: Target;
  /** False when it was up already. */
  changed: boolean;
}

/** Starts (and makes, when missing) the VM. One process at a time; a second one waits and then finds it running. */
export async function startVm(ctx: Context): Promise<Started> {
  await ensureHost(ctx, { image: ctx.settings.image });
  return withLock(vmLock(ctx), lockOptions(ctx), () => startLocked(ctx));
}

export const lockOptions = (ctx: Context) => ({
  command: ctx.commandLine,
  signal: ctx.signal,
  onWait: (holder: { command: string; pid: number }) =>
    ctx.out.say(`Waiting for another command: ${holder.command} (process ${holder.pid}).`),
});

/** Milliseconds that a VM which lets nothing be heard is given here; the long way has more patience. */
const LOOK = 8000;

/** One round trip over the living shared connection tells that there is nothing to do. */
async function isReady(ctx: Context): Promise<boolean> {
  const record = await readRecord(ctx.paths);
  if (record?.phase !== "ready" || record.renamed === true) return false;
  if (!(await masterAlive(ctx.run, targetFor(ctx.paths)))) return false;
  // Before the steps are read: what is asked for now may make one of them due.
  await decideProxy(ctx, record, undefined);
  try {
    return (await upToDate(ctx, await loadSteps(ctx), LOOK)).done;
  } catch (error) {
    if (error instanceof UserError || error instanceof ToolError) return false;
    throw error;
  }
}

async function startLocked(ctx: Context): Promise<Started> {
  if (await isReady(ctx)) return { target: targetFor(ctx.paths), changed: false };
  const lima = await requireLima(ctx);
  const seen = await observeVm(ctx);
  const { paths } = ctx;
  if (seen.instance && !seen.record) throw foreign(ctx);
  const wasUp = seen.state === "running";
  // Somebody else may have started it, and limactl asks nobody what that opens.
  if (wasUp && seen.instance) await refuseOpenConfiguration(ctx, lima, true);
  if (wasUp && seen.record) await decideProxy(ctx, seen.record, undefined);
  if (wasUp && (await upToDate(ctx, await loadSteps(ctx))).done)
    return { target: targetFor(paths), changed: false };
  const record =
    wasUp && seen.record ? ((await readRecord(paths)) ?? seen.record) : await ensureCreated(ctx, lima, seen);
  const instance = await requireInstance(ctx, lima);
  const accel = await bootInstance(ctx, { lima, instance, stalePids: seen.stalePids }, record);
  if (accel !== record.accel) await writeRecord(paths, { ...record, accel });
  const { port } = await requireInstance(ctx, lima);
  const endpoint = { port, identityFile: identityFile(paths.limaHome) };
  await prepareSockets(ctx);
  await writeWhole(paths.sshConfig, sshConfig(paths, endpoint));
  await refreshHosts(ctx, await listWorkspaces(ctx));
  await awaitSshd(port, ctx.signal);
  await readyGuest(ctx, endpoint, { ...record, accel });
  return { target: targetFor(paths), changed: !wasUp };
}

function foreign(ctx: Context): UserError {
  return new UserError(`A Lima instance called ${ctx.paths.vm} exists that agent-vm did not make.`, {
    hint: "It is left alone; choose another name for this VM, for example: --vm agent-vm-2",
    exit: EXIT.refused,
  });
}
