// agent-vm auth: how each agent comes to its account, and its login in the VM.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { printableJson } from "../guard/sanitize.ts";

export function register(program: Command, context: GetContext): void {
  const auth = program.command("auth").description("the agents' accounts: status, login");
  auth
    .command("status")
    .description("for each agent: logged in inside the VM, by variable, by proxy, or not")
    .option("--json", "as JSON")
    .action(async (options: { json?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { authStatus } = await import("../domain/auth/status.ts");
      const { during } = await import("../io/output.ts");
      const status = await during(ctx.out, "ask the agents", authStatus(ctx));
      if (options.json) return ctx.out.answer(printableJson(status));
      const { authRows } = await import("../domain/auth/words.ts");
      const { table } = await import("../io/table.ts");
      const { head, rows } = authRows(status.agents);
      ctx.out.answer(table(head, rows, ctx.columns));
    });
  auth
    .command("login")
    .description("run an agent's own login in the VM, on this terminal")
    .argument("<agent>", "its name, as auth status shows it")
    .option("--raw-terminal", "show the VM's output as it is")
    .action(async (name: string, options: { rawTerminal?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { login } = await import("../domain/auth/login.ts");
      await login(ctx, name, options.rawTerminal);
    });
}
