// agent-vm push: the host's branch into its workspace, never by force.
import { type Command, Option } from "commander";
import type { GetContext } from "../cli.ts";

interface PushOptions {
  sparse?: true;
  reset?: true;
  aside?: true;
  carry?: true;
  replace?: true;
}

export function register(program: Command, context: GetContext): void {
  program
    .command("push")
    .description("bring a branch's workspace up to the host; refuses to overwrite work")
    .argument("<branch>", "the git branch; made from HEAD when it does not exist")
    .addOption(
      new Option(
        "--reset",
        "the workspace begins anew from the host's commit; its old tip keeps a name",
      ).conflicts("aside"),
    )
    .addOption(new Option("--aside", "to host/<branch> in the workspace; nothing is checked out"))
    .option("--sparse", "check out there what is checked out here, by the patterns of your sparse checkout")
    .option("--carry", "the ignored files that your settings grant (workspace.carry) go along again")
    .addOption(
      new Option(
        "--replace",
        "with --carry: files that were changed in the VM give way, kept there under another name",
      ).implies({ carry: true }),
    )
    .option("--accept-secrets", "what the scan for secrets finds goes to the VM all the same")
    .action(async (branch: string, options: PushOptions, command: Command) => {
      const ctx = await context(command);
      const { pushToWorkspace } = await import("../domain/workspace/prepare.ts");
      const way = options.reset ? "reset" : options.aside ? "aside" : "plain";
      const carry = options.replace ? "replace" : options.carry ? "keep" : undefined;
      ctx.out.say(await pushToWorkspace(ctx, branch, way, { carry, sparse: options.sparse }));
    });
}
