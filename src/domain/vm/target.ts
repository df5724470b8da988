// The VM as a place to work in: a living shared connection is taken as it is, otherwise the VM is started.
import { masterAlive } from "../../adapters/ssh.ts";
import type { Context, Lean, TargetOptions } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import type { Target } from "../../target.ts";
import { readRecord } from "./record.ts";
import { targetFor } from "./ssh-config.ts";

/**
 * The VM whose shared connection lives; asks limactl nothing. Undefined when there is none. `ask`: a question over that
 * connection alone, true when it was answered.
 */
export async function livingTarget(
  ctx: Lean,
  ask: (target: Target) => Promise<boolean> = async () => false,
): Promise<Target | undefined> {
  const target = targetFor(ctx.paths);
  const record = await readRecord(ctx.paths);
  if (record?.phase !== "ready") return undefined;
  return (await ask(target)) || (await masterAlive(ctx.run, target)) ? target : undefined;
}

/** Without such a connection: the whole way of `start`. */
export async function startedTarget(ctx: Context, options: TargetOptions = {}): Promise<Target> {
  const record = await readRecord(ctx.paths);
  if ((options.existing || options.running) && record === undefined) {
    throw new UserError(`There is no VM ${ctx.paths.vm}, so there are no workspaces.`, {
      hint: "Make it, and a workspace, with: agent-vm connect <branch>",
      exit: EXIT.notReady,
    });
  }
  if (options.running) await refuseStopped(ctx);
  const { startVm } = await import("./start.ts");
  return (await startVm(ctx)).target;
}

/** What lives in a VM that is stopped has ended: nothing is started to say so. */
async function refuseStopped(ctx: Context): Promise<void> {
  const { observeVm } = await import("./observe.ts");
  const { state } = await observeVm(ctx);
  if (state !== "stopped" && state !== "half-made" && state !== "missing") return;
  throw new UserError(`The VM ${ctx.paths.vm} is stopped, so nothing runs in it.`, {
    hint: "Start it with: agent-vm start",
    exit: EXIT.notReady,
  });
}
