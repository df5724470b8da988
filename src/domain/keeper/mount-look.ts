// What the keeper sees of the mount and of the VM, never touching the mount's path.
import { waitingRequests } from "../../adapters/mounts.ts";
import type { Context } from "../../context.ts";
import { lockHolder } from "../../io/lock.ts";
import { isSilent } from "../mount/server.ts";
import { lookAtMount, type MountSight } from "../mount/state.ts";
import { readClosed, readWish } from "../mount/wish.ts";
import { vmLock } from "../vm/observe.ts";
import type { Look } from "./mount-plan.ts";

/** Milliseconds beyond the guard's own limit after which unanswered requests are a reason to ask. */
const BEYOND = 10_000;

/** Looks time after time; what it must remember is since when requests wait. */
export function createLook(): (ctx: Context) => Promise<Look> {
  let waitingSince: number | undefined;
  const isHung = async (ctx: Context, { condition, entry, realPath }: MountSight): Promise<boolean> => {
    const waits = condition === "mounted" && entry !== undefined && (await waitingRequests(entry));
    if (!waits) waitingSince = undefined;
    else waitingSince ??= performance.now();
    if (waitingSince === undefined) return false;
    if (performance.now() - waitingSince < ctx.settings.mount.stall * 1000 + BEYOND) return false;
    // A busy mount always has some; only one that says nothing at all is dead.
    waitingSince = undefined;
    return await isSilent(ctx, realPath);
  };
  return async (ctx) => {
    const wanted = (await readWish(ctx.paths)) !== undefined;
    const closed = (await readClosed(ctx.paths)) !== undefined;
    const sight = await lookAtMount(ctx, { patience: 0 });
    const condition = wanted && !closed && (await isHung(ctx, sight)) ? "hung" : sight.condition;
    const busy = (await lockHolder(vmLock(ctx))) !== undefined;
    return { now: Date.now(), wanted, closed, condition, busy };
  };
}
