// The VM as a watch finds it: looked at, never woken.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { observeVm } from "../vm/observe.ts";
import { readRecord } from "../vm/record.ts";
import { targetFor } from "../vm/ssh-config.ts";

/** What it asks ends with the signal. */
export const reachQuietly = (ctx: Context) => async (signal: AbortSignal) => {
  const run: Context["run"] = (argv, options = {}) => ctx.run(argv, { ...options, signal });
  const { state } = await observeVm({ ...ctx, run });
  return { state, target: state === "running" ? targetFor(ctx.paths) : undefined };
};

/** Throws UserError (3) when there is no VM to watch. */
export async function requireVm(ctx: Context): Promise<void> {
  if ((await readRecord(ctx.paths)) !== undefined) return;
  throw new UserError(`There is no VM ${ctx.paths.vm}, so there is nothing to watch.`, {
    hint: "Make it, and a workspace, with: agent-vm connect <branch>",
    exit: EXIT.notReady,
  });
}
