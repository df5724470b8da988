// agent-vm kill: ends a running session.
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { GetContext } from "../cli.ts";

const seconds = (text: string): number => {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("It is a number of seconds.");
  return Number(text);
};

export function register(program: Command, context: GetContext): void {
  program
    .command("kill")
    .description("end a running session: it is told to hang up, and killed when it does not")
    .argument("<branch>", "the git branch")
    .option("--session <id>", "which one, by the beginning of its id")
    .option("--grace <seconds>", "how long it may take", seconds, 10)
    .action(async (branch: string, options: { session?: string; grace: number }, command: Command) => {
      const ctx = await context(command);
      const { killSession } = await import("../domain/session/kill.ts");
      ctx.out.say(await killSession(ctx, branch, options));
    });
}
