// agent-vm doctor: checks the host and the VM; each failure names its remedy.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { EXIT } from "../errors.ts";

export function register(program: Command, context: GetContext, setCode: (code: number) => void): void {
  program
    .command("doctor")
    .description("check this host and the VM")
    .option("--json", "as JSON")
    .action(async (options: { json?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { hostChecks } = await import("../domain/host/doctor.ts");
      const { vmChecks } = await import("../domain/vm/doctor.ts");
      const checks = { host: await hostChecks(ctx), vm: await vmChecks(ctx) };
      const all = [...checks.host, ...checks.vm];
      if (all.some(({ ok }) => !ok)) setCode(EXIT.failed);
      if (options.json) return ctx.out.answer(JSON.stringify(checks, null, 2));
      for (const { ok, name, detail, remedy } of all) {
        ctx.out.answer(`${ok ? "✓" : "✗"} ${name}: ${detail}`);
        if (!ok && remedy !== undefined) ctx.out.answer(`  → ${remedy}`);
      }
    });
}
