// agent-vm fetch: the workspace's commits into the host's repository, fast-forward only.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("fetch")
    .description("bring a workspace's commits home; the host's branch only ever moves forward")
    .argument("<branch>", "the git branch")
    .action(async (branch: string, _options, command: Command) => {
      const ctx = await context(command);
      const { fetchBranch, fetchSummary } = await import("../domain/sync/fetch.ts");
      const fetched = await fetchBranch(ctx, branch);
      for (const line of fetched.commits) ctx.out.answer(line);
      ctx.out.say(fetchSummary(branch, fetched));
      if (fetched.left !== "")
        ctx.out.say(`Not committed in the workspace, and not fetched: ${fetched.left}.`);
    });
}
