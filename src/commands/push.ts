// agent-vm push: the host's branch into its workspace, never by force.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("push")
    .description("bring a branch's workspace up to the host; refuses to overwrite work")
    .argument("<branch>", "the git branch; made from HEAD when it does not exist")
    .action(async (branch: string, _options, command: Command) => {
      const ctx = await context(command);
      const { pushToWorkspace } = await import("../domain/workspace/prepare.ts");
      ctx.out.say(await pushToWorkspace(ctx, branch));
    });
}
