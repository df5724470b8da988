// Lima's instance of this VM, when it must be there.
import { findInstance, type Instance, type Lima } from "../../adapters/limactl.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";

export async function requireInstance(ctx: Context, lima: Lima): Promise<Instance> {
  const instance = await findInstance(lima, ctx.paths.vm);
  if (instance) return instance;
  throw new UserError(`Lima has no instance ${ctx.paths.vm}.`, {
    hint: "Make one with: agent-vm start",
    exit: EXIT.notReady,
  });
}
