// agent-vm status: the VM and its workspaces, as text or JSON.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { printableJson } from "../guard/sanitize.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("status")
    .description("the VM's state and each workspace's")
    .option("--json", "as JSON")
    .action(async (options: { json?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { gatherStatus } = await import("../domain/vm/status.ts");
      const status = await gatherStatus(ctx);
      if (options.json) return ctx.out.answer(printableJson(status));
      const { statusLines, workspaceRows } = await import("../domain/vm/status-text.ts");
      for (const line of statusLines(status)) ctx.out.answer(line);
      if (status.workspaces.length === 0) return;
      const { table } = await import("../io/table.ts");
      const { head, rows } = workspaceRows(status);
      ctx.out.answer(`\n${await table(head, rows)}`);
    });
}
