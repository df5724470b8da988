// agent-vm run: an agent with a prompt, or a command, in a branch's workspace.
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { GetContext } from "../cli.ts";
import { memoryBytes } from "../domain/session/memory.ts";
import { vmOptions } from "./vm-options.ts";

/** "90", "90s", "15m", "2h" as seconds. */
function duration(text: string): number {
  const [, count = "", unit = "s"] = /^(\d{1,6})([smh]?)$/.exec(text) ?? [];
  const factor = { s: 1, m: 60, h: 3600 }[unit || "s"];
  if (count === "" || factor === undefined || Number(count) === 0)
    throw new InvalidArgumentError("It is a time such as 90s, 15m or 2h.");
  return Number(count) * factor;
}

function memory(text: string): number {
  const bytes = memoryBytes(text);
  if (bytes === undefined) throw new InvalidArgumentError("It is a size such as 512M or 4G, from 64M on.");
  return bytes;
}

const names = (text: string): string[] => text.split(",").filter((name) => name !== "");

export function register(program: Command, context: GetContext, setCode: (code: number) => void): void {
  const command = program
    .command("run")
    .description("an agent with a prompt, or `-- command`, in a branch's workspace")
    .argument("[branch]", "the git branch; made from HEAD when it does not exist")
    .argument("[prompt]", "what the agent is to do; else --prompt-file, or standard input")
    .option("--agent <name>", "which agent (setting: agent; default: claude)")
    .option("--prompt-file <file>", "the prompt's text; - for standard input")
    .option(
      "--talk",
      "the agent's own interface, which waits for you; without it, off a terminal and detached, the agent ends when it is done",
    )
    .option("--resume", "the agent's last conversation in this workspace goes on")
    .option("-d, --detach", "leave it running in the VM, and print its id")
    .option("--branches <names>", "detached in several branches: a,b,c", names)
    .option("--timeout <time>", "end it after that time: 90s, 15m, 2h", duration, 0)
    .option(
      "--limit-memory <size>",
      "what it may take of the VM's memory: 512M, 4G (setting: session_memory)",
      memory,
    )
    .option(
      "--restart [id]",
      "what was cut short runs again: on a terminal as the agent's last conversation, else with its own prompt; or the session that is named",
    )
    .option("--rm", "clean the workspace afterwards, by the rules of clean")
    .option("--no-env", "send none of the host's variables and credentials")
    .option("--raw-terminal", "show the VM's output as it is")
    .option("--no-setup", "enter a new workspace without the setup of .agent-vm.yaml")
    .usage("[options] <branch> [prompt | -- command args...]");
  vmOptions(command).action(
    async (branch: string | undefined, prompt: string | undefined, _options, self: Command) => {
      const ctx = await context(self);
      const { runCommand } = await import("../domain/session/run-command.ts");
      setCode(await runCommand(ctx, { branch, prompt, ...self.opts() }));
    },
  );
}
