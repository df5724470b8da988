// agent-vm start: make the VM if missing, start it if stopped, provision it, mount the workspaces.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { vmOptions } from "./vm-options.ts";

export function register(program: Command, context: GetContext): void {
  vmOptions(program.command("start").description("make the VM if it is missing and start it")).action(
    async (_options, command: Command) => {
      const ctx = await context(command);
      const { refuseResize } = await import("../domain/vm/resize.ts");
      const { startVm } = await import("../domain/vm/start.ts");
      const { warnOfProfile } = await import("../domain/vm/set-profile.ts");
      const { mountOrWarn } = await import("../domain/mount/keep.ts");
      await refuseResize(ctx, command.opts());
      const { target, changed } = await startVm(ctx);
      await mountOrWarn(ctx, target);
      await warnOfProfile(ctx);
      ctx.out.say(
        changed ? `The VM ${ctx.paths.vm} is running.` : `The VM ${ctx.paths.vm} was running already.`,
      );
    },
  );
}
