// agent-vm logs: what the VM's console and the provisioning wrote, cleaned of control sequences.
import { Argument, type Command } from "commander";
import type { GetContext } from "../cli.ts";

const KINDS = ["vm", "provision", "credentials"] as const;

export function register(program: Command, context: GetContext): void {
  program
    .command("logs")
    .description("the VM's console, what provisioning wrote, or what the credential proxy decided")
    .addArgument(new Argument("[kind]", "which log").choices(KINDS).default("vm"))
    .option("-f, --follow", "go on as it grows")
    .action(async (kind: (typeof KINDS)[number], options: { follow?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { showLog } = await import("../domain/vm/logs.ts");
      await showLog(ctx, kind, options.follow === true);
    });
}
