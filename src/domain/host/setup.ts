// Makes the host ready: what is missing, consent, then the steps. Can be repeated.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { withLock } from "../../io/lock.ts";
import { exists } from "../../io/which.ts";
import { applyPlan } from "./apply.ts";
import { consent } from "./consent.ts";
import { setupLog } from "./log.ts";
import { observeHost } from "./observe.ts";
import { type Plan, planFor } from "./plan.ts";

export interface HostWants {
  /** The user's choice of image: "auto", "build", a path or a URL. */
  image: string;
}

/**
 * Obtains whatever this host lacks, after consent: `--yes`, or a yes on a terminal. Returns what was obtained.
 * Throws UserError (3) with the list when there is no consent, when a thing cannot be obtained, or a step fails.
 */
export async function ensureHost(ctx: Context, wants: HostWants): Promise<readonly string[]> {
  const plan = await observePlan(ctx, wants);
  if (plan.missing.length === 0) return [];
  refuseByHand(plan);
  await consent(ctx, plan);
  const options = {
    command: ctx.commandLine,
    signal: ctx.signal,
    onWait: () => ctx.out.say("Waiting for another command that makes this host ready."),
  };
  // It makes the host ready for all who share the cache: two who make the same account at once would both fail.
  await mkdir(ctx.paths.cache, { recursive: true, mode: 0o755 });
  await withLock(join(ctx.paths.cache, "setup.lock"), options, async () => {
    // Another command may have done it while this one asked or waited.
    await applyPlan(ctx, await observePlan(ctx, wants));
  });
  const { missing } = await observePlan(ctx, wants);
  if (missing.length > 0)
    throw stillMissing(
      ctx,
      missing.map(({ what }) => what),
    );
  return plan.missing.map(({ what }) => what);
}

export async function observePlan(ctx: Context, wants: HostWants): Promise<Plan> {
  const imageBuild = await buildsImage(ctx, wants.image);
  return planFor(await observeHost(ctx), { imageBuild });
}

/** A VM that has its disk needs no image any more. */
async function buildsImage(ctx: Context, choice: string): Promise<boolean> {
  if (await exists(join(ctx.paths.limaHome, ctx.paths.vm, "disk"))) return false;
  const { needsBuild } = await import("../vm/image.ts");
  return needsBuild(ctx, choice);
}

function refuseByHand({ byHand }: Plan): void {
  if (byHand.length === 0) return;
  throw new UserError("This host lacks what agent-vm cannot install here by itself.", {
    details: byHand.map(({ what }) => `  ${what}`),
    hint: "Install these with the system's package manager, then repeat: agent-vm setup",
    exit: EXIT.notReady,
  });
}

function stillMissing(ctx: Context, names: readonly string[]): UserError {
  return new UserError(`All steps were done, but this host still lacks: ${names.join(", ")}.`, {
    hint: `See what they printed in ${setupLog(ctx)}, and what is true now with: agent-vm doctor`,
    exit: EXIT.notReady,
  });
}
