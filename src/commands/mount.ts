// agent-vm mount: the VM's workspaces as a directory of the host.
import type { Command } from "commander";
import type { Context } from "../context.ts";

export function register(program: Command, context: (command: Command) => Promise<Context>): void {
  program
    .command("mount")
    .description("mount the VM's workspaces on the host, or repair their mount")
    .option("--read-only", "nothing can be changed through it")
    .action(async (options: { readOnly?: boolean }, command: Command) => {
      const current = await context(command);
      const { keepMounted } = await import("../domain/mount/keep.ts");
      const { mountpoint } = await keepMounted(current, await current.target({ existing: true }), {
        probe: true,
        readOnly: options.readOnly === true,
        reopen: true,
      });
      current.out.answer(mountpoint);
    });
}
