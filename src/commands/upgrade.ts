// agent-vm upgrade: install what the VM should have once more, and say what changed.
import { Argument, type Command } from "commander";
import type { GetContext } from "../cli.ts";
import type { Scope } from "../domain/vm/upgrade.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("upgrade")
    .description("install the VM's software again: the agents, Debian's packages, or all")
    .addArgument(new Argument("[what]").choices(["agents", "system", "all"]).default("all"))
    .option("--latest", "the agents' newest versions, not those that agent-vm was tried with")
    .action(async (scope: Scope, options: { latest?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { upgrade } = await import("../domain/vm/upgrade.ts");
      const changed = await upgrade(ctx, scope, options.latest === true);
      if (changed.length === 0) return ctx.out.say("Everything was up to date.");
      for (const { name, before, after } of changed) {
        ctx.out.answer(`${name}: ${before ?? "not there"} → ${after ?? "gone"}`);
      }
    });
}
