// agent-vm ssh: a shell or one command in a workspace that is there, and nothing around it.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext, setCode: (code: number) => void): void {
  program
    .command("ssh")
    .description(
      "a plain shell in a branch's workspace, or `-- command` there; no session, no keys, nothing made",
    )
    .argument("<branch>", "a branch that has a workspace")
    .option("--raw-terminal", "show the VM's output as it is, with titles, clipboard access and all")
    .usage("[options] <branch> [-- command args...]")
    .action(async (branch: string, options: { rawTerminal?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { plainShell } = await import("../domain/session/plain.ts");
      setCode(await plainShell(ctx, branch, options.rawTerminal === true));
    });
}
