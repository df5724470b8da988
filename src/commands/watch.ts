// agent-vm watch: what happens in the VM as it happens, as JSON lines and as notices.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("watch")
    .description("what happens, as it happens: a line of JSON each; ends with Ctrl-C")
    .option("--notify", 'also tells you when a session waits, ends or fails (setting "notify")')
    .action(async (options: { notify?: true }, command: Command) => {
      const ctx = await context(command);
      const { reachQuietly, requireVm } = await import("../domain/watch/reach.ts");
      await requireVm(ctx);
      const { watchEvents } = await import("../domain/watch/watch.ts");
      await watchEvents(ctx, { notify: options.notify === true, reach: reachQuietly(ctx) });
    });
}
