// agent-vm stop: unmount, then stop the VM; its workspaces stay.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { graceSeconds } from "./grace.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("stop")
    .description("unmount and stop the VM; workspaces stay")
    .option(
      "--grace <seconds>",
      "how long sessions may take to finish (setting: stop_grace; default: 20)",
      graceSeconds,
    )
    .option("--force", "end it hard, without waiting for sessions, as if its power were cut")
    .action(async (options: { force?: boolean; grace?: number }, command: Command) => {
      const ctx = await context(command);
      const { stopVm } = await import("../domain/vm/stop.ts");
      const stopped = await stopVm(ctx, options.force === true, options.grace);
      ctx.out.say(stopped ? `The VM ${ctx.paths.vm} is stopped.` : `The VM ${ctx.paths.vm} was not running.`);
    });
}
