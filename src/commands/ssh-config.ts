// agent-vm ssh-config: the workspaces as hosts of the user's own ssh.
import { type Command, Option } from "commander";
import type { GetContext } from "../cli.ts";
import { printableJson } from "../guard/sanitize.ts";

interface Options {
  install?: boolean;
  remove?: boolean;
  dryRun?: boolean;
  json?: boolean;
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
    .addOption(
      new Option("--json", "the hosts as JSON, and whether they are installed").conflicts([
        "install",
        "remove",
        "dryRun",
      ]),
    )
    .action(async ({ install, remove, json, dryRun = false }: Options, command: Command) => {
      const ctx = await context(command);
      if (json) {
        const { hostsJson } = await import("../domain/ssh-hosts/json.ts");
        return ctx.out.answer(printableJson(await hostsJson(ctx)));
      }
      const { installHosts, removeHosts, showHosts } = await import("../domain/ssh-hosts/install.ts");
      if (remove) return ctx.out.answer(await removeHosts(ctx, dryRun));
      const answer = install || dryRun ? await installHosts(ctx, dryRun) : await showHosts(ctx);
      if (answer !== "") ctx.out.answer(answer);
    });
}
