// agent-vm restart: stop and start.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { graceSeconds } from "./grace.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("restart")
    .description("stop and start the VM")
    .option(
      "--grace <seconds>",
      "how long sessions may take to finish (setting: stop_grace; default: 20)",
      graceSeconds,
    )
    .option("--force", "end it hard first, without waiting for sessions")
    .action(async (options: { force?: boolean; grace?: number }, command: Command) => {
      const ctx = await context(command);
      const { stopVm } = await import("../domain/vm/stop.ts");
      const { startVm } = await import("../domain/vm/start.ts");
      const { mountOrWarn } = await import("../domain/mount/keep.ts");
      await stopVm(ctx, options.force === true, options.grace);
      const { target } = await startVm(ctx);
      await mountOrWarn(ctx, target);
      ctx.out.say(`The VM ${ctx.paths.vm} is running.`);
    });
}
