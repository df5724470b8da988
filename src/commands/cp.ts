// agent-vm cp: files and directories between this host and a workspace.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

const NOTES = `
<branch>:path is in the branch's workspace (from its top; <branch>: alone is the top), anything else on this host. A
host path with a colon is written ./a:b. Patterns work there, too; quote them: 'feature-x:logs/*.log'.

Examples:
  agent-vm cp feature-x:report.pdf .               a file from the workspace
  agent-vm cp -r assets notes.txt feature-x:docs   a directory and a file into it
  agent-vm cp feature-x:build/. ./build            what is in a directory
  pg_dump shop | agent-vm cp - feature-x:dump.sql
  agent-vm cp feature-x:run.log - | less`;

export function register(program: Command, context: GetContext): void {
  program
    .command("cp")
    .description("copy files and directories between this host and a workspace")
    .argument("<paths...>", "sources, then the destination; - is standard input or output")
    .option("-f, --force", "replace files that differ")
    .option("-r, --recursive", "as cp has it; directories are copied without it, too")
    .addHelpText("after", NOTES)
    .action(async (paths: string[], options: { force?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { copy } = await import("../domain/copy/copy.ts");
      const { standardStreams } = await import("../io/standard-streams.ts");
      await copy(ctx, paths, { force: options.force === true, streams: standardStreams() });
    });
}
