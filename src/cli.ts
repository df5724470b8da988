// The command tree; here errors become text and exit codes.
import { Command, CommanderError } from "commander";
import type { Context } from "./context.ts";
import { EXIT, explain, UserError } from "./errors.ts";
import { printable, sanitize } from "./guard/sanitize.ts";
import { asciiStreams } from "./io/charset.ts";
import { createOutput } from "./io/output.ts";

export interface World {
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  uid: number;
  platform: NodeJS.Platform;
  arch: NodeJS.Architecture;
  programDir: string;
  self: readonly string[];
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  signal: AbortSignal;
}

/** Gives the Context for a parsed command; called inside an action, so `--help` and `--version` never pay for it. */
export type GetContext = (command: Command) => Promise<Context>;
export type Register = (program: Command, context: GetContext) => void;

/** Runs one command line; the number is the exit code of the process. */
export async function runCli(world: World): Promise<number> {
  let code: number = EXIT.done;
  const { typed, afterDashes } = splitAtDashes(world.argv);
  const program = await buildProgram(world, afterDashes, (value) => {
    code = value;
  });
  try {
    if (typed.length === 0) program.help();
    await program.parseAsync(typed, { from: "user" });
    return world.signal.aborted && code === EXIT.done ? EXIT.interrupted : code;
  } catch (error) {
    return reportFailure(world, error, afterDashes !== undefined);
  }
}

/** Everything after the first `--` belongs to the command run in the workspace and is never parsed. */
export function splitAtDashes(argv: readonly string[]) {
  const at = argv.indexOf("--");
  return at < 0
    ? { typed: argv, afterDashes: undefined }
    : { typed: argv.slice(0, at), afterDashes: argv.slice(at + 1) };
}

async function buildProgram(
  world: World,
  afterDashes: readonly string[] | undefined,
  setCode: (code: number) => void,
): Promise<Command> {
  const { version } = await import("./version.ts");
  const program = new Command("agent-vm")
    .description("Let AI coding agents work with full freedom in a VM, not on your own computer.")
    .version(version, "-V, --version")
    .option("--vm <name>", "the VM (environment: AGENT_VM_NAME; default: agent-vm)")
    .option("--repo <path>", "the repository, when it is not the current directory's")
    .option("-y, --yes", "answer yes where nothing can be lost or leaked")
    .option("--no-input", "never ask")
    .option("-q, --quiet", "only answers, warnings and errors")
    .option("-v, --verbose", "show each program that is run")
    .showHelpAfterError("See: agent-vm --help")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(printable(text.replace(/^error: /, "agent-vm: "))),
    })
    .addHelpText("after", EXAMPLES);
  const context: GetContext = async (command) => {
    const { createContext } = await import("./create-context.ts");
    return createContext(world, command, afterDashes);
  };
  const { registerAll } = await import("./commands.ts");
  registerAll(program, context, setCode);
  for (const command of program.commands) {
    command
      .allowExcessArguments(false)
      .exitOverride()
      .showHelpAfterError(`See: agent-vm ${command.name()} --help`);
    if (afterDashes !== undefined && !RUN_COMMANDS.includes(command.name()))
      command.hook("preAction", refuseDashes);
  }
  return program;
}

/** What may follow "--" is theirs. */
const RUN_COMMANDS = ["connect", "run", "ssh"];

const EXAMPLES = `
Examples:
  agent-vm connect feature-x              the lasting session of the branch's workspace
  agent-vm connect feature-x -- npm test  one command there; its exit code is returned
  agent-vm run feature-x "Fix the login"  an agent with a job; see it with ps, attach, logs
  agent-vm fetch feature-x                bring its commits home
  agent-vm status                         the VM and its workspaces

Exit codes: 0 done, 1 failed, 2 usage, 3 not ready, 4 refused to lose work or to take a risk, 70 bug, 130 interrupted;
connect -- and run return the command's own, or 125 when it could not be started.`;

function refuseDashes(command: Command): void {
  throw new UserError(`${command.name()} runs no command, so nothing can follow "--".`, {
    hint: "To run a command in a workspace: agent-vm connect <branch> -- <command>",
    exit: EXIT.usage,
  });
}

function reportFailure(world: World, error: unknown, commandAsked: boolean): number {
  if (error instanceof CommanderError) {
    // commander has printed it; help and version are no failures.
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  const { message, details, hint, exit } = explain(error);
  const plain = { terminal: false, columns: 80, quiet: false, verbose: false };
  const out = createOutput({ ...world, ...plain, ascii: asciiStreams(world) });
  out.say(`agent-vm: ${message}`);
  for (const line of details) out.say(`  ${sanitize(line, 400)}`);
  if (hint !== undefined) out.say(`  → ${hint}`);
  const startedNothing =
    commandAsked && exit !== EXIT.usage && exit !== EXIT.interrupted && exit !== EXIT.bug;
  return startedNothing ? EXIT.beforeCommand : exit;
}
