// agent-vm connect: the VM up, the branch's workspace there and mounted, then a shell or a command in it.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { vmOptions } from "./vm-options.ts";

export function register(program: Command, context: GetContext, setCode: (code: number) => void): void {
  const command = program
    .command("connect")
    .description(
      "the lasting session of a branch's workspace, or `-- command` there; without a branch, in the agent's home",
    )
    .argument("[branch]", "the git branch; made from HEAD when it does not exist")
    .option("--new", "one window more in the session")
    .option("--no-session", "a plain shell that ends with the connection")
    .option("--no-env", "send none of the host's variables and credentials")
    .option("--raw-terminal", "show the VM's output as it is, with titles, clipboard access and all")
    .option(
      "--sparse",
      "check out in the workspace what is checked out here, by the patterns of your sparse checkout",
    )
    .option("--setup", "run the setup of .agent-vm.yaml again")
    .option("--no-setup", "enter a new workspace without the setup of .agent-vm.yaml")
    .usage("[options] [branch] [-- command args...]");
  vmOptions(command).action(async (branch: string | undefined, _options, self: Command) => {
    const ctx = await context(self);
    const { connect } = await import("../domain/workspace/connect.ts");
    setCode(await connect(ctx, branch, self.opts()));
  });
}
