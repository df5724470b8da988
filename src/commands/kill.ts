// agent-vm kill: ends a running session.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { graceSeconds } from "./grace.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("kill")
    .description("end a running session: it is asked to, and killed when it does not")
    .argument("<branch>", "the git branch")
    .option("--session <id>", "which one, by the beginning of its id")
    .option("--grace <seconds>", "how long it may take", graceSeconds, 10)
    .action(async (branch: string, options: { session?: string; grace: number }, command: Command) => {
      const ctx = await context(command);
      const { killSession } = await import("../domain/session/kill.ts");
      ctx.out.say(await killSession(ctx, branch, options));
    });
}
