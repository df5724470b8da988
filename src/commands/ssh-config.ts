// agent-vm ssh-config: the workspaces as hosts of the user's own ssh.
import { type Command, Option } from "commander";
import type { GetContext } from "../cli.ts";

interface Options {
  install?: boolean;
  remove?: boolean;
  dryRun?: boolean;
}

export function register(program: Command, context: GetContext): void {
  program
    .command("ssh-config")
    .description(
      "each workspace as a host for your own ssh, scp, rsync, git and editors; without options, shown",
    )
    .option("--install", "add one Include line to ~/.ssh/config, which brings them in")
    .addOption(new Option("--remove", "take that line out again").conflicts("install"))
    .option("--dry-run", "show what would change in ~/.ssh/config")
    .action(async ({ install, remove, dryRun = false }: Options, command: Command) => {
      const ctx = await context(command);
      const { installHosts, removeHosts, showHosts } = await import("../domain/ssh-hosts/install.ts");
      if (remove) return ctx.out.answer(await removeHosts(ctx, dryRun));
      const answer = install || dryRun ? await installHosts(ctx, dryRun) : await showHosts(ctx);
      if (answer !== "") ctx.out.answer(answer);
    });
}
