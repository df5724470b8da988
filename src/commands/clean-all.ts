// agent-vm clean-all: deletes every workspace of the VM; what only they had is saved first.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("clean-all")
    .description("delete all workspaces, the VM stays; what exists nowhere else is saved first")
    .option("--force", "delete without saving what exists nowhere else")
    .action(async (options: { force?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { cleanAll } = await import("../domain/sync/save/clean.ts");
      const { savedLines } = await import("../domain/sync/save/saved-text.ts");
      const { removed, saves, leftAlone } = await cleanAll(ctx, options.force === true);
      ctx.out.say(
        removed.length === 0 ? "There is no workspace to delete." : `Deleted: ${removed.join(", ")}`,
      );
      for (const line of savedLines(saves)) ctx.out.say(line);
      for (const name of leftAlone)
        ctx.out.warn(`Left alone, because it is no workspace of this host: ~/workspace/${name}`);
    });
}
