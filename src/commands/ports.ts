// agent-vm ports: who listens in a workspace, since when, and where it is reached on this host.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { printableJson } from "../guard/sanitize.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("ports")
    .description("the programs of a workspace that listen, and where they are reached on this host")
    .argument("[branch]", "the git branch; without one every workspace's")
    .option("--json", "as JSON")
    .action(async (branch: string | undefined, options: { json?: true }, command: Command) => {
      const ctx = await context(command);
      const { listPorts } = await import("../domain/ports/list.ts");
      const ports = await listPorts(ctx, branch);
      if (options.json) return ctx.out.answer(printableJson({ schema: 1, vm: ctx.paths.vm, ports }));
      if (ports.length === 0) return ctx.out.say("Nothing listens there.");
      const { portRows } = await import("../domain/ports/words.ts");
      const { table } = await import("../io/table.ts");
      const { head, rows } = portRows(ports, Date.now() / 1000, branch === undefined);
      ctx.out.answer(table(head, rows, ctx.columns));
    });
}
