// agent-vm keeper: what `connect` and `mount` start on the host, to hold keys for the VM and keep the mount; nobody types it.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext): void {
  program.command("keeper", { hidden: true }).action(async (_options: unknown, command: Command) => {
    const ctx = await context(command);
    const { serveKeeper } = await import("../domain/keeper/serve.ts");
    await serveKeeper(ctx);
  });
}
