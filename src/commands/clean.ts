// agent-vm clean: deletes one branch's workspace, when nothing would be lost.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("clean")
    .description("delete a branch's workspace; refuses to lose work")
    .argument("<branch>", "the git branch")
    .option("--force", "delete work that exists nowhere else, too")
    .action(async (branch: string, options: { force?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { cleanBranch } = await import("../domain/sync/clean.ts");
      const dir = await cleanBranch(ctx, branch, options.force === true);
      ctx.out.say(`The workspace ${dir} is deleted; the branch on the host is as it was.`);
    });
}
