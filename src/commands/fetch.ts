// agent-vm fetch: the workspace's commits into the host's repository, and the host's branch forward or as chosen.
import { type Command, Option } from "commander";
import type { GetContext } from "../cli.ts";
import type { Way } from "../domain/sync/plan-fetch.ts";

interface Options {
  all?: boolean;
  wip?: boolean;
  merge?: boolean;
  rebase?: "host" | "workspace";
  as?: string;
  reset?: boolean;
  dryRun?: boolean;
}

export function register(program: Command, context: GetContext): void {
  program
    .command("fetch")
    .description("bring a workspace's commits home; without an option the host's branch only moves forward")
    .argument("<branch>", "the git branch")
    .option("--all", "every branch of the workspace, below refs/agent-vm/")
    .option("--wip", "uncommitted files and stashes too, into the vault")
    .addOption(
      new Option("--merge", "diverged: a merge commit on the host's branch").conflicts([
        "rebase",
        "as",
        "reset",
      ]),
    )
    .addOption(
      new Option(
        "--rebase <whose>",
        "diverged: replay the host's own commits on top of the workspace's, or the workspace's on top of the host's",
      )
        .choices(["host", "workspace"])
        .conflicts(["merge", "as", "reset"]),
    )
    .addOption(
      new Option("--as <name>", "a branch of that name; the host's own stays where it is").conflicts([
        "merge",
        "rebase",
        "reset",
      ]),
    )
    .addOption(
      new Option(
        "--reset",
        "rewritten: the host's branch becomes the workspace's; its old tip is kept",
      ).conflicts(["merge", "rebase", "as"]),
    )
    .option("--accept-secrets", "what the scan for secrets finds comes into the branch all the same")
    .option("--dry-run", "say what would be done")
    .action(async (branch: string, options: Options, command: Command) => {
      const ctx = await context(command);
      const { fetchBranch } = await import("../domain/sync/fetch.ts");
      const { fetchSummary } = await import("../domain/sync/fetch-text.ts");
      const { all = false, wip = false, dryRun = false } = options;
      const fetched = await fetchBranch(ctx, branch, { all, wip, dryRun, way: wayOf(options) });
      for (const line of [...fetched.commits, ...fetched.stat]) ctx.out.answer(line);
      for (const line of fetchSummary(fetched)) dryRun ? ctx.out.answer(line) : ctx.out.say(line);
    });
}

function wayOf({ merge, rebase, as, reset }: Options): Way {
  if (merge) return { how: "merge" };
  if (rebase !== undefined) return { how: "rebase", of: rebase };
  if (as !== undefined) return { how: "as", branch: as };
  return { how: reset ? "reset" : "forward" };
}
