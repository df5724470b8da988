// agent-vm log: the commits of a workspace that the host has not.
import { type Command, Option } from "commander";
import type { GetContext } from "../cli.ts";
import { printableJson } from "../guard/sanitize.ts";

interface Options {
  stat?: boolean;
  patch?: boolean;
  json?: boolean;
}

export function register(program: Command, context: GetContext): void {
  program
    .command("log")
    .description("the commits of a workspace that the host has not; fetches nothing")
    .argument("<branch>", "the git branch")
    .addOption(new Option("--stat", "with each commit's files").conflicts("patch"))
    .option("-p, --patch", "with each commit's changes")
    .addOption(new Option("--json", "as JSON").conflicts(["stat", "patch"]))
    .action(async (branch: string, options: Options, command: Command) => {
      const ctx = await context(command);
      if (options.json) {
        const { logJson } = await import("../domain/sync/show/log-json.ts");
        return ctx.out.answer(printableJson(await logJson(ctx, branch)));
      }
      const { showLog } = await import("../domain/sync/show/log.ts");
      const { theScreen } = await import("../io/pager.ts");
      const form = options.stat ? "stat" : options.patch ? "patch" : "none";
      await showLog(ctx, branch, { form }, theScreen());
    });
}
