// agent-vm attach: this terminal in a session that is there.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext, setCode: (code: number) => void): void {
  program
    .command("attach")
    .description("this terminal in a running session of a workspace: its agent's, else its shell")
    .argument("<branch>", "the git branch")
    .option("--session <id>", "which one, by the beginning of its id")
    .option("--raw-terminal", "show the VM's output as it is")
    .action(async (branch: string, options: { session?: string; rawTerminal?: true }, command: Command) => {
      const ctx = await context(command);
      const { attachTo } = await import("../domain/session/attach-to.ts");
      setCode(await attachTo(ctx, branch, { ...options, rawTerminal: options.rawTerminal === true }));
    });
}
