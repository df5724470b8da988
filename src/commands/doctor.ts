// agent-vm doctor: checks the host and the VM; each failure names its remedy.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { EXIT } from "../errors.ts";
import { printableJson } from "../guard/sanitize.ts";

export function register(program: Command, context: GetContext, setCode: (code: number) => void): void {
  program
    .command("doctor")
    .description("check this host and the VM")
    .option("--json", "as JSON")
    .option("--fix", "put right what needs no decision, then check again")
    .action(async (options: { json?: boolean; fix?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { hostChecks } = await import("../domain/host/doctor.ts");
      const { vmChecks } = await import("../domain/vm/doctor.ts");
      const { during } = await import("../io/output.ts");
      const look = async () => ({
        host: await during(ctx.out, "look at this host", hostChecks(ctx)),
        vm: await during(ctx.out, "look at the VM, and try what it reaches", vmChecks(ctx)),
      });
      let checks = await look();
      if (options.fix) {
        const { fix } = await import("../domain/vm/checkup/fix.ts");
        const done = await fix(ctx, [...checks.host, ...checks.vm]);
        for (const line of done) ctx.out.say(`doctor: ${line}`);
        if (done.length > 0) checks = await look();
      }
      const all = [...checks.host, ...checks.vm];
      if (all.some(({ ok, note }) => !ok && !note)) setCode(EXIT.failed);
      if (options.json) return ctx.out.answer(printableJson({ schema: 1, ...checks }));
      for (const { ok, note, name, detail, remedy } of all) {
        ctx.out.answer(`${ok ? "✓" : note ? "!" : "✗"} ${name}: ${detail}`);
        if (!ok && remedy !== undefined) ctx.out.answer(`  → ${remedy}`);
      }
    });
}
