// Starts an existing instance and waits until the guest answers; gives up early on a KVM that runs nothing.
import {
  effectiveConfig,
  emulation,
  type Instance,
  type Lima,
  startInstance,
  stopInstance,
} from "../../adapters/limactl.ts";
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, ToolError, UserError } from "../../errors.ts";
import { usableAcceleration } from "../host/acceleration.ts";
import { watchConsole } from "./console.ts";
import { violations } from "./effective.ts";
import { hostAgentFailures } from "./host-agent-log.ts";
import { logTo } from "./log.ts";
import { removeStalePids } from "./pids.ts";
import type { VmRecord } from "./record.ts";

export interface Boot {
  lima: Lima;
  instance: Instance;
  stalePids: boolean;
}

/** Boots a stopped instance; does nothing for a running one. Returns the acceleration now in use. */
export async function bootInstance(ctx: Context, boot: Boot, record: VmRecord): Promise<string> {
  const { lima, instance } = boot;
  await refuseOpenConfiguration(ctx, lima, instance.status === "Running");
  if (instance.status === "Running" && !boot.stalePids) return record.accel;
  if (boot.stalePids) await removeStalePids(instance);
  // Only with pids that are the VM's own: a host agent without its QEMU, or the other way round.
  else if (instance.status === "Broken") await stopInstance(lima, instance.name, true);
  const { accel, why } = await usableAcceleration(ctx, ctx.settings.accel);
  const step = ctx.out.step(
    `start the VM ${instance.name} (${accel === "tcg" ? `emulation, slow: ${why}` : accel})`,
  );
  try {
    await startWatched(ctx, boot, { accel, holdsWork: record.phase === "ready" });
    step.done();
    return accel;
  } catch (error) {
    step.failed();
    throw error;
  }
}

/** Throws UserError (4). `running`: with that configuration or an earlier one, whoever started it. */
export async function refuseOpenConfiguration(ctx: Context, lima: Lima, running: boolean): Promise<void> {
  const found = violations(await effectiveConfig(lima, ctx.paths.vm));
  if (found.length === 0) return;
  throw new UserError("Lima's effective configuration would open the VM to the host.", {
    details: found,
    hint: `Something adds this, most likely ${lima.limaHome}/_config/override.yaml or default.yaml: remove it there${running ? ", then: agent-vm restart" : ""}.`,
    exit: EXIT.refused,
  });
}

/**
 * Milliseconds that a new, emulated guest gets at first. A boot takes one to three minutes; a guest's kernel can hang in
 * it when its second processor loses its timer, which emulation on a busy host brings about, and then it hangs for good.
 */
export const EMULATED_BOOT = 6 * 60_000;

interface Starting {
  accel: string;
  /** It was ready once. It may be slow because it repairs its disk: only its user ends it hard. */
  holdsWork: boolean;
}

async function startWatched(ctx: Context, boot: Boot, { accel, holdsWork }: Starting): Promise<void> {
  const { lima, instance } = boot;
  if (accel === "tcg" && !holdsWork) {
    if (await startWithin(ctx, boot, EMULATED_BOOT)) return;
    ctx.out.say(
      `The new guest did not answer for ${EMULATED_BOOT / 60_000} minutes: it is started once more.`,
    );
    await stopInstance(lima, instance.name, true);
  }
  const silence = new AbortController();
  const watch = watchConsole(instance.dir, () => accel === "kvm" && silence.abort());
  try {
    await startOnce(ctx, boot, { accel, until: silence.signal });
  } catch (error) {
    if (silence.signal.aborted) throw await silentKvm(boot);
    throw error;
  } finally {
    watch.stop();
  }
}

/** Returns false when the guest did not answer in time. */
async function startWithin(ctx: Context, boot: Boot, limit: number): Promise<boolean> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), limit);
  try {
    await startOnce(ctx, boot, { accel: "tcg", until: late.signal });
    return true;
  } catch (error) {
    if (late.signal.aborted && !ctx.signal.aborted) return false;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function startOnce(
  ctx: Context,
  { lima, instance }: Boot,
  { accel, until }: { accel: string; until: AbortSignal },
): Promise<void> {
  const signal = AbortSignal.any([ctx.signal, until]);
  try {
    const extra = accel === "tcg" ? emulation(ctx.arch) : {};
    await startInstance(lima, instance.name, { signal, ...(await logTo(ctx, "limactl")) }, extra);
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof ToolError)) throw error;
    throw await startFailed(instance, accel, error);
  }
}

async function silentKvm({ lima, instance }: Boot): Promise<UserError> {
  await stopInstance(lima, instance.name, true);
  return new UserError("The VM showed no sign of life under KVM within 60 seconds and was stopped.", {
    hint: "This host's KVM cannot run it; use emulation: agent-vm start --accel tcg",
    exit: EXIT.notReady,
  });
}

async function startFailed(instance: Instance, accel: string, error: ToolError): Promise<UserError> {
  const cause = await hostAgentFailures(instance.dir);
  return new UserError(`Lima could not start the VM ${instance.name}.`, {
    details: cause.length > 0 ? cause : error.failure.stderrTail.split("\n").filter(Boolean),
    hint:
      accel === "kvm"
        ? "If this host's KVM cannot run it, use emulation: agent-vm start --accel tcg; else see: agent-vm logs vm"
        : "See what it wrote: agent-vm logs vm",
    exit: EXIT.notReady,
    cause: error,
  });
}
