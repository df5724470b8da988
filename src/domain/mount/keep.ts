// The mount for commands: there now, and brought back by the keeper when it is lost.
import { explain, ToolError, UserError } from "../../errors.ts";
import type { Target } from "../../target.ts";
import { ensureKeeper } from "../keeper/ensure.ts";
import { readWantedForwards } from "../keeper/forwards-wanted.ts";
import { keeperLog } from "../keeper/record.ts";
import { type EnsureOptions, ensureMounted } from "./mount.ts";
import type { MountContext, MountState } from "./state.ts";
import { readWish } from "./wish.ts";

/** Throws as ensureMounted; that nobody keeps it is a warning. */
export async function keepMounted(
  context: MountContext,
  target: Target,
  options: EnsureOptions = {},
): Promise<MountState> {
  try {
    return await ensureMounted(context, target, options);
  } finally {
    // Also when it failed now: what was wanted before is tried again.
    const mount = (await readWish(context.paths)) !== undefined;
    if (mount || (await readWantedForwards(context.paths)).length > 0) await keeperOrWarn(context, mount);
  }
}

async function keeperOrWarn(context: MountContext, mount: boolean): Promise<void> {
  try {
    await ensureKeeper(context);
  } catch (error) {
    if (!(error instanceof UserError || isErrno(error))) throw error;
    const what = mount ? "Nobody brings the mount back when it is lost" : "Nothing is forwarded";
    context.out.warn(`${what}: the keeper did not start. Its log is ${keeperLog(context.paths)}.`);
  }
}

/** For `connect` and `start`, which work without the mount: a failure is one warning. */
export async function mountOrWarn(context: MountContext, target: Target): Promise<MountState | undefined> {
  try {
    return await keepMounted(context, target);
  } catch (error) {
    const expected = error instanceof UserError || error instanceof ToolError || isErrno(error);
    if (!expected) throw error;
    const { message, hint } = isErrno(error)
      ? { message: `${error.message}.`, hint: undefined }
      : explain(error);
    context.out.warn([`The workspaces are not mounted. ${message}`, hint].filter(Boolean).join(" "));
    return undefined;
  }
}

const isErrno = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error;
