// agent-vm log: the commits of a workspace that the host has not.
import { type Command, Option } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("log")
    .description("the commits of a workspace that the host has not; fetches nothing")
    .argument("<branch>", "the git branch")
    .addOption(new Option("--stat", "with each commit's files").conflicts("patch"))
    .option("-p, --patch", "with each commit's changes")
    .action(async (branch: string, options: { stat?: boolean; patch?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { showLog } = await import("../domain/sync/log.ts");
      const { theScreen } = await import("../io/pager.ts");
      const form = options.stat ? "stat" : options.patch ? "patch" : "none";
      await showLog(ctx, branch, { form }, theScreen());
    });
}
