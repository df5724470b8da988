// agent-vm destroy: delete the VM with all workspaces, when nothing would be lost.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("destroy")
    .description("delete the VM with all its workspaces; refuses to lose work")
    .option("--force", "delete work that exists nowhere else, too")
    .action(async (options: { force?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { destroyVm } = await import("../domain/vm/destroy.ts");
      const existed = await destroyVm(ctx, options.force === true);
      ctx.out.say(existed ? `The VM ${ctx.paths.vm} is deleted.` : `There is no VM ${ctx.paths.vm}.`);
    });
}
