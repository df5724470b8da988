// agent-vm open: a workspace in the host's editor.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { editorNames } from "../domain/open/editors.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("open")
    .description("open a branch's workspace in your editor: its files in the mount, or over ssh")
    .argument("<branch>", "a branch that has a workspace")
    .option(
      "--in <editor>",
      `${editorNames()}; default: the setting \`editor\`, else the first that is installed`,
    )
    .option("--remote", "over ssh, inside the VM, instead of the mount")
    .action(async (branch: string, options: { in?: string; remote?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { openWorkspace } = await import("../domain/open/open.ts");
      ctx.out.answer(await openWorkspace(ctx, branch, options));
    });
}
