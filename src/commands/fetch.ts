// agent-vm fetch: the workspace's commits into the host's repository, and the host's branch forward or as chosen.
import { type Command, Option } from "commander";
import type { GetContext } from "../cli.ts";
import type { Context } from "../context.ts";
import type { Examined } from "../domain/customs/classify.ts";
import type { Fetched } from "../domain/sync/fetch/fetch.ts";
import type { Way } from "../domain/sync/fetch/plan-fetch.ts";
import { printableJson } from "../guard/sanitize.ts";

interface Options {
  all?: boolean;
  from?: string;
  wip?: boolean;
  merge?: boolean;
  rebase?: "host" | "workspace";
  as?: string;
  reset?: boolean;
  dryRun?: boolean;
  acceptRisk?: boolean;
  json?: boolean;
}

export function register(program: Command, context: GetContext): void {
  program
    .command("fetch")
    .description("bring a workspace's commits home; without an option the host's branch only moves forward")
    .argument("<branch>", "the git branch")
    .option("--all", "every branch of the workspace, below refs/agent-vm/")
    .addOption(
      new Option(
        "--from <other>",
        "another branch of the workspace: the host's branch of that name (or of --as) is made or moves forward",
      ).conflicts(["merge", "rebase", "reset"]),
    )
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
    .option("--accept-risk", "move the branch although something that comes could run on this host by itself")
    .option("--dry-run", "say what would be done")
    .option("--json", "as JSON, with what could run in what comes")
    .action(async (branch: string, options: Options, command: Command) => {
      const ctx = await context(command);
      await (options.json ? fetchAsJson(ctx, branch, options) : fetch(ctx, branch, options));
    });
}

async function fetch(ctx: Context, branch: string, options: Options): Promise<void> {
  const { fetchBranch } = await import("../domain/sync/fetch/fetch.ts");
  const { fetchSummary } = await import("../domain/sync/fetch/fetch-text.ts");
  const fetched = await fetchBranch(ctx, branch, { ...options, way: wayOf(options) });
  for (const line of [...fetched.commits, ...fetched.stat]) ctx.out.answer(line);
  for (const line of fetchSummary(fetched)) options.dryRun ? ctx.out.answer(line) : ctx.out.say(line);
}

/** One value, also when the branch is not moved because of what was found. */
async function fetchAsJson(ctx: Context, branch: string, options: Options): Promise<void> {
  const { fetchBranch } = await import("../domain/sync/fetch/fetch.ts");
  const { fetchJson } = await import("../domain/sync/fetch/fetch-json.ts");
  const { together } = await import("../domain/customs/classify.ts");
  let examined: Examined | undefined;
  // Once for each submodule, and for the repository itself.
  const found = (one: Examined) => {
    examined = examined ? together(examined, one) : one;
  };
  const tell = (fetched?: Fetched) => ctx.out.answer(printableJson(fetchJson(branch, fetched, examined)));
  try {
    tell(await fetchBranch(ctx, branch, { ...options, way: wayOf(options), found }));
  } catch (error) {
    if (examined) tell();
    throw error;
  }
}

/** Undefined when none was chosen. */
function wayOf({ merge, rebase, as, reset }: Options): Way | undefined {
  if (merge) return { how: "merge" };
  if (rebase !== undefined) return { how: "rebase", of: rebase };
  if (as !== undefined) return { how: "as", branch: as };
  return reset ? { how: "reset" } : undefined;
}
