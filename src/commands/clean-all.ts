// agent-vm clean-all: deletes every workspace of the VM, when nothing would be lost.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("clean-all")
    .description("delete all workspaces, the VM stays; refuses to lose work")
    .option("--force", "delete work that exists nowhere else, too")
    .action(async (options: { force?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { cleanAll } = await import("../domain/sync/clean.ts");
      const { removed, leftAlone } = await cleanAll(ctx, options.force === true);
      ctx.out.say(
        removed.length === 0 ? "There is no workspace to delete." : `Deleted: ${removed.join(", ")}`,
      );
      for (const name of leftAlone) ctx.out.warn(`Left alone, because agent-vm makes no such name: ${name}`);
    });
}
