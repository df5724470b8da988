// agent-vm status: the VM and its workspaces, as text or JSON.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { printableJson } from "../guard/sanitize.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("status")
    .description("the VM's state and each workspace's")
    .option("--json", "as JSON")
    .option(
      "--watch",
      "the workspaces and their agents, live, until q or Ctrl-C; with --json a line for each change",
    )
    .action(async (options: { json?: boolean; watch?: boolean }, command: Command) => {
      const ctx = await context(command);
      if (options.watch) {
        const { watchStatus } = await import("../domain/watch/commands.ts");
        return watchStatus(ctx, options.json === true);
      }
      const { gatherStatus } = await import("../domain/vm/status.ts");
      const { during } = await import("../io/output.ts");
      const status = await during(ctx.out, "look at the VM", gatherStatus(ctx));
      if (options.json) return ctx.out.answer(printableJson(status));
      const { carriedLines } = await import("../domain/carry/outcome.ts");
      const { statusLines, workspaceRows } = await import("../domain/vm/status-text.ts");
      for (const line of statusLines(status)) ctx.out.answer(line);
      if (status.workspaces.length === 0) return;
      const { table } = await import("../io/table.ts");
      const { head, rows } = workspaceRows(status, ctx.columns);
      ctx.out.answer(`\n${table(head, rows, ctx.columns)}`);
      const carried = carriedLines(status.workspaces);
      if (carried.length > 0) ctx.out.answer(["", ...carried].join("\n"));
    });
}
