// agent-vm restore: brings a cleaned workspace back, with all that was saved of it.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("restore")
    .description("bring a cleaned workspace back: commits, index, files, stashes")
    .argument("[branch]", "the git branch; its newest save is taken")
    .option("--save <id>", "this save; agent-vm trash list names them")
    .action(async (branch: string | undefined, options: { save?: string }, command: Command) => {
      const ctx = await context(command);
      const { restore } = await import("../domain/sync/save/restore.ts");
      const { restoredLines } = await import("../domain/sync/save/restored-text.ts");
      for (const line of restoredLines(await restore(ctx, { branch, ...options }))) ctx.out.say(line);
    });
}
