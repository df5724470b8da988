// The VM as a place to work in: a living shared connection is taken as it is, otherwise the VM is started.
import { masterAlive } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import type { Target } from "../../target.ts";
import { readRecord } from "./record.ts";
import { targetFor } from "./ssh-config.ts";

/** Asks limactl nothing while the shared connection lives (6 ms); else the whole way of `start`. */
export async function reachVm(ctx: Context, existing: boolean): Promise<Target> {
  const target = targetFor(ctx.paths);
  const record = await readRecord(ctx.paths);
  if (record?.phase === "ready" && (await masterAlive(ctx.run, target))) return target;
  if (existing && record === undefined) {
    throw new UserError(`There is no VM ${ctx.paths.vm}, so there are no workspaces.`, {
      hint: "Make it, and a workspace, with: agent-vm connect <branch>",
      exit: EXIT.notReady,
    });
  }
  const { startVm } = await import("./start.ts");
  return (await startVm(ctx)).target;
}
