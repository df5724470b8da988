// The VM as a place to work in: a living shared connection is taken as it is, otherwise the VM is started.
import { masterAlive } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { readRecord } from "./record.ts";
import { targetFor } from "./ssh-config.ts";

/** Asks limactl nothing while the shared connection lives (6 ms); else the whole way of `start`. */
export async function reachVm(ctx: Context): Promise<Target> {
  const target = targetFor(ctx.paths);
  const record = await readRecord(ctx.paths);
  if (record?.phase === "ready" && (await masterAlive(ctx.run, target))) return target;
  const { startVm } = await import("./start.ts");
  return (await startVm(ctx)).target;
}
