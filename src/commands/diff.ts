// agent-vm diff: what a workspace has that the host has not, uncommitted work included.
import { type Command, Option } from "commander";
import type { GetContext } from "../cli.ts";
import { printableJson } from "../guard/sanitize.ts";

interface Options {
  committed?: boolean;
  stat?: boolean;
  nameOnly?: boolean;
  json?: boolean;
}

export function register(program: Command, context: GetContext): void {
  program
    .command("diff")
    .description("what a workspace has that the host has not, uncommitted work included; fetches nothing")
    .argument("<branch>", "the git branch")
    .option("--committed", "only what is committed on the branch")
    .addOption(new Option("--stat", "how much in which file").conflicts("nameOnly"))
    .option("--name-only", "only the names of the files")
    .addOption(new Option("--json", "the files as JSON").conflicts(["stat", "nameOnly"]))
    .action(async (branch: string, options: Options, command: Command) => {
      const ctx = await context(command);
      if (options.json) {
        const { diffJson } = await import("../domain/sync/show/diff-json.ts");
        return ctx.out.answer(printableJson(await diffJson(ctx, branch, options.committed === true)));
      }
      const { showDiff } = await import("../domain/sync/show/diff.ts");
      const { theScreen } = await import("../io/pager.ts");
      const form = options.stat ? "stat" : options.nameOnly ? "names" : "patch";
      await showDiff(ctx, branch, { committed: options.committed === true, form }, theScreen());
    });
}
