// agent-vm send: text or keys for a running session.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

interface Options {
  session?: string;
  keys?: string[];
  enter: boolean;
}

export function register(program: Command, context: GetContext): void {
  program
    .command("send")
    .description("text for a running session, as if typed there, and Enter")
    .argument("<branch>", "the git branch")
    .argument("[text]", "what to type; - reads standard input")
    .option("--keys <names...>", "keys after the text instead of Enter: C-c, Escape, Up, Enter")
    .option("--no-enter", "nothing after the text")
    .option("--session <id>", "which one, by the beginning of its id")
    .action(async (branch: string, text: string | undefined, options: Options, command: Command) => {
      const ctx = await context(command);
      const { promptFrom } = await import("../domain/session/prompt.ts");
      const { sendToSession } = await import("../domain/session/send.ts");
      const source =
        text === "-" || (text === undefined && !options.keys)
          ? { standardInput: ctx.standardInput }
          : { text: text ?? "" };
      const typed = await promptFrom(source);
      const keys = options.keys ?? (options.enter ? ["Enter"] : []);
      await sendToSession(ctx, branch, { session: options.session, text: typed, keys });
    });
}
