// A host whose keeper is the built program, before a guest behind a real sshd: the world in which ports are forwarded.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Context } from "../../src/context.ts";
import { askKeeper } from "../../src/domain/keeper/ask.ts";
import { ensureKeeper } from "../../src/domain/keeper/ensure.ts";
import type { Forward } from "../../src/domain/keeper/messages.ts";
import { endWithVm } from "../../src/domain/keeper/over.ts";
import type { Paths } from "../../src/domain/paths.ts";
import { startTime } from "../../src/io/lock.ts";
import type { Target } from "../../src/target.ts";
import { createWorld } from "./guest.ts";
import { buildProgram } from "./program.ts";

export interface ForwardHost {
  ctx: Context;
  paths: Paths;
  target: Target;
  said: string[];
  /** In the guest's home. */
  file(path: string): string;
  /** Asks the keeper for a forward that a process of ours holds. */
  hold(forward: Forward, pid: number): Promise<void>;
  /** The guest's sshd goes, with every connection, and comes back. */
  restartGuest(): Promise<void>;
  over(): Promise<void>;
  remove(): void;
}

export async function createForwardHost(): Promise<ForwardHost> {
  const program = buildProgram();
  const world = await createWorld();
  const env = { ...world.ctx.env, AGENT_VM_PROGRAM_DIR: world.ctx.programDir };
  const ctx: Context = { ...world.ctx, env, self: program.self };
  const { paths } = ctx;
  const target = await ctx.target();
  mkdirSync(dirname(paths.sshConfig), { recursive: true, mode: 0o700 });
  // The keeper knows the VM by its own name.
  const config = readFileSync(target.configFile, "utf8")
    .replaceAll("test-guest ", "agent-vm-test ")
    .replace("test-guest-admin", "agent-vm-test-admin");
  writeFileSync(paths.sshConfig, config);
  return {
    ctx,
    paths,
    target,
    said: world.said,
    file: (path) => join(world.guestHome, path),
    hold: async (forward, pid) => {
      await ensureKeeper(ctx);
      const holder = { pid, started: (await startTime(pid)) ?? "" };
      await askKeeper(paths, { ask: "forward", forward, holder, since: 0 });
    },
    restartGuest: async () => {
      world.stopGuest();
      await world.startGuest();
    },
    over: () => endWithVm(paths),
    remove: () => {
      world.remove();
      program.remove();
    },
  };
}
