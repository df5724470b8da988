// agent-vm scan: secrets in what a push would send and in what was fetched.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { EXIT } from "../errors.ts";
import { printableJson } from "../guard/sanitize.ts";

interface Options {
  baseline?: boolean;
  json?: boolean;
}

export function register(program: Command, context: GetContext, setCode: (code: number) => void): void {
  program
    .command("scan")
    .description(
      "look for secrets in what a push would send and in what was fetched; exit code 4 when there are",
    )
    .argument("[branch]", "the git branch; without one the branch that is checked out")
    .option("--baseline", "make what is found known: it stops no push or fetch any more")
    .option("--json", "as JSON")
    .action(async (branch: string | undefined, options: Options, command: Command) => {
      const ctx = await context(command);
      const { hasSecrets, scanBranch, shownJson, shownLines } = await import("../domain/scan/show.ts");
      const shown = await scanBranch(ctx, branch, options.baseline === true);
      if (options.json) ctx.out.answer(printableJson(shownJson(shown)));
      else for (const line of shownLines(shown)) ctx.out.answer(line);
      if (hasSecrets(shown)) setCode(EXIT.refused);
    });
}
