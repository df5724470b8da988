// agent-vm completion: scripts that let bash, zsh and fish complete commands, branches and more.
import { type Command, Option } from "commander";
import type { GetLean } from "../cli.ts";

type Shell = "bash" | "zsh" | "fish";
const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

interface Options {
  shell?: Shell;
  dryRun?: boolean;
}

export function register(program: Command, lean: GetLean): void {
  const completion = program
    .command("completion")
    .description("Tab for bash, zsh and fish: print its script, install, remove");
  for (const shell of SHELLS) {
    completion
      .command(shell)
      .description(`print the script for ${shell}`)
      .action(async (_options: unknown, command: Command) => {
        const ctx = await lean(command);
        const { script } = await import("../domain/completion/install.ts");
        ctx.out.answer((await script(ctx, shell)).trimEnd());
      });
  }
  const chosen = (what: string) => new Option("--shell <shell>", what).choices(SHELLS);
  completion
    .command("install")
    .description("put the script where the shell finds it; says when a line of yours is needed")
    .addOption(chosen("which one (default: the one in the variable SHELL)"))
    .option("--dry-run", "say what would be done")
    .action(async (options: Options, command: Command) => {
      const ctx = await lean(command);
      const { install } = await import("../domain/completion/install.ts");
      await install(ctx, options);
    });
  completion
    .command("remove")
    .description("take the scripts away again")
    .addOption(chosen("only that of this one"))
    .option("--dry-run", "say what would be done")
    .action(async (options: Options, command: Command) => {
      const ctx = await lean(command);
      const { remove } = await import("../domain/completion/install.ts");
      await remove(ctx, options);
    });
}
