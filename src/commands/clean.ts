// agent-vm clean: deletes one branch's workspace; what only it had is saved first.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("clean")
    .description("delete a branch's workspace; what exists nowhere else is saved first")
    .argument("<branch>", "the git branch")
    .option("--force", "delete without saving what exists nowhere else")
    .action(async (branch: string, options: { force?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { cleanBranch } = await import("../domain/sync/save/clean.ts");
      const { savedLines } = await import("../domain/sync/save/saved-text.ts");
      const { removed, saves } = await cleanBranch(ctx, branch, options.force === true);
      ctx.out.say(`The workspace ${removed.join()} is deleted; the branch on the host is as it was.`);
      for (const line of savedLines(saves)) ctx.out.say(line);
    });
}
