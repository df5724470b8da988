// agent-vm unmount: takes the mount of the workspaces away, whatever state the VM is in.
import type { Command } from "commander";
import type { Context } from "../context.ts";

export function register(program: Command, context: (command: Command) => Promise<Context>): void {
  program
    .command("unmount")
    .description("take the mount of the workspaces away")
    .action(async (_options, command: Command) => {
      const current = await context(command);
      const { unmount } = await import("../domain/mount/unmount.ts");
      const was = await unmount(current);
      current.out.say(was ? "The workspaces are unmounted." : "The workspaces were not mounted.");
    });
}
