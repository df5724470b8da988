// agent-vm report: what an issue report needs, without secrets and names; shown before it is written.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { sanitize } from "../guard/sanitize.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("report")
    .description("gather versions, checks, settings and logs for an issue, without secrets and names")
    .option("-o, --output <file>", 'where to write it; "-" only shows it')
    .action(async (options: { output?: string }, command: Command) => {
      // Settings that cannot be are what may be reported.
      const ctx = await context(command, { anySettings: true });
      const { report } = await import("../domain/report/report.ts");
      const { theScreen } = await import("../io/pager.ts");
      const file = await report(ctx, { ...options, version: program.version() ?? "unknown" }, theScreen());
      if (file === undefined) return;
      ctx.out.answer(sanitize(file, 4096));
      ctx.out.say("Look through it once more, then attach it to the issue.");
    });
}
