// agent-vm cp: files and directories between this host and a workspace.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("cp")
    .description("copy files and directories between this host and a workspace")
    .argument("<paths...>", "sources, then the destination; - is standard input or output")
    .option("-f, --force", "replace files that differ")
    .option("-r, --recursive", "as cp has it; directories are copied without it, too")
    .action(async (paths: string[], options: { force?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { copy } = await import("../domain/copy/copy.ts");
      const { standardStreams } = await import("../io/standard-streams.ts");
      await copy(ctx, paths, { force: options.force === true, streams: standardStreams() });
    });
}
