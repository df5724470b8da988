// agent-vm setup: makes the host ready to run a VM; can be repeated.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("setup")
    .description("install what this host needs to run a VM")
    .option(
      "--image <image>",
      "also what this image needs, and the image itself: auto, build, a path or a URL",
    )
    .action(async (options: { image?: string }, command: Command) => {
      const ctx = await context(command);
      const { ensureHost } = await import("../domain/host/setup.ts");
      const obtained = await ensureHost(ctx, { image: ctx.settings.image });
      if (options.image !== undefined) {
        const { obtainImage } = await import("../domain/vm/image.ts");
        const { description } = await obtainImage(ctx, options.image);
        ctx.out.say(`The image is at hand: ${description}.`);
      }
      const nothing = "This host has all that a VM needs.";
      ctx.out.say(obtained.length === 0 ? nothing : `This host is ready. Obtained: ${obtained.join(", ")}.`);
    });
}
