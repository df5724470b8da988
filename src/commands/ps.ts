// agent-vm ps: the sessions of all workspaces, and where each stands.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { printableJson } from "../guard/sanitize.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("ps")
    .description("the sessions of all workspaces: working, waiting for you, finished, failed")
    .option("-a, --all", "those that have ended, too")
    .option("--json", "as JSON")
    .option("--watch", "live, until q or Ctrl-C; with --json a line for each change")
    .action(async (options: { all?: true; json?: true; watch?: true }, command: Command) => {
      const ctx = await context(command);
      if (options.watch) {
        const { watchSessions } = await import("../domain/watch/commands.ts");
        return watchSessions(ctx, { all: options.all === true, json: options.json === true });
      }
      const { listSessions } = await import("../domain/session/list.ts");
      const { isOver } = await import("../domain/session/state.ts");
      const all = await listSessions(ctx, await ctx.target({ running: true }));
      const sessions = all.filter((one) => options.all || !isOver(one.state));
      if (options.json) return ctx.out.answer(printableJson({ schema: 1, vm: ctx.paths.vm, sessions }));
      if (sessions.length === 0)
        return ctx.out.say(
          all.length === 0
            ? "There are no sessions."
            : "No session is running; those that ended: agent-vm ps --all",
        );
      const { sessionRows } = await import("../domain/session/rows.ts");
      const { table } = await import("../io/table.ts");
      const { head, rows } = sessionRows(sessions, { now: Date.now() / 1000, columns: ctx.columns ?? 200 });
      ctx.out.answer(table(head, rows, ctx.columns));
    });
}
