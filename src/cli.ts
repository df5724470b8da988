// The command tree; here errors become text and exit codes.
import { Command, CommanderError } from "commander";
import { addMoreHelp, helpLayout } from "./commands/more-help.ts";
import { registerAll } from "./commands.ts";
import type { Context, Lean } from "./context.ts";
import { EXIT, explain, UserError } from "./errors.ts";
import { printable, printableJson, sanitize } from "./guard/sanitize.ts";
import { asciiStreams, inAscii } from "./io/charset.ts";
import { createOutput } from "./io/output.ts";
import { version } from "./version.ts";

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
export type GetContext = (command: Command, options?: ContextOptions) => Promise<Context>;
/** The part that needs no settings; with the VM and repository of another command line, when they are given. */
export type GetLean = (command: Command, place?: { vm?: string; repo?: string }) => Promise<Lean>;

export interface ContextOptions {
  /** Settings that cannot be are no failure: the command has the defaults, and `settingsProblem`. */
  anySettings?: boolean;
}

export type Register = (program: Command, context: GetContext) => void;

/** Runs one command line; the number is the exit code of the process. */
export async function runCli(world: World): Promise<number> {
  let code: number = EXIT.done;
  const { typed, afterDashes } = splitAtDashes(world.argv);
  const program = buildProgram(world, afterDashes, (value) => {
    code = value;
  });
  try {
    const look = afterDashes === undefined ? saysNothing(program, typed) : undefined;
    if (look) await firstLook(world, program, look);
    else await program.parseAsync(typed, { from: "user" });
    return world.signal.aborted && code === EXIT.done ? EXIT.interrupted : code;
  } catch (error) {
    const [verb = ""] = program.args;
    return reportFailure(
      world,
      error,
      verb === "run" || (afterDashes !== undefined && !NAMES_AFTER.includes(verb)),
    );
  }
}

/** Everything after the first `--` belongs to the command run in the workspace and is never parsed. */
export function splitAtDashes(argv: readonly string[]) {
  const at = argv.indexOf("--");
  return at < 0
    ? { typed: argv, afterDashes: undefined }
    : { typed: argv.slice(0, at), afterDashes: argv.slice(at + 1) };
}

/** No command, no argument, at most options of all commands; and --json, which many commands have, but not all. */
function saysNothing(program: Command, typed: readonly string[]): { json: boolean } | undefined {
  const { operands, unknown } = program.parseOptions([...typed]);
  if (operands.length > 0 || unknown.some((word) => word !== "--json")) return undefined;
  return { json: unknown.length > 0 };
}

async function firstLook(world: World, program: Command, { json }: { json: boolean }): Promise<void> {
  const { createLean } = await import("./create-context.ts");
  const { firstLook } = await import("./domain/first-look/look.ts");
  const ctx = await createLean(world, program, undefined);
  const { facts, advice } = await firstLook(ctx);
  if (json) {
    const { firstLookJson } = await import("./domain/first-look/json.ts");
    return ctx.out.answer(printableJson(firstLookJson(facts, advice)));
  }
  const { lines, next, because } = advice;
  for (const line of lines) ctx.out.answer(line);
  ctx.out.answer(`\nNext: ${next}`);
  const { wrapped } = await import("./domain/help/render.ts");
  const room = (world.stderr.columns || COLUMNS) - 6;
  ctx.out.say(`      ${wrapped(because, room, "      ")}\n\nAll commands: agent-vm --help`);
}

/** The whole tree of commands. */
export function buildProgram(
  world: World,
  afterDashes: readonly string[] | undefined,
  setCode: (code: number) => void,
): Command {
  const ascii = asciiStreams(world);
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
    .helpCommand(false)
    .configureHelp(helpLayout)
    .exitOverride()
    .configureOutput({
      getOutHelpWidth: () => world.stdout.columns || COLUMNS,
      getErrHelpWidth: () => world.stderr.columns || COLUMNS,
      writeOut: (text) => world.stdout.write(ascii.stdout ? inAscii(text) : text),
      writeErr: (text) => {
        const said = printable(text.replace(/^error: /, "agent-vm: "));
        world.stderr.write(ascii.stderr ? inAscii(said) : said);
      },
    });
  const context: GetContext = async (command, options) => {
    const { createContext } = await import("./create-context.ts");
    return createContext(world, command, afterDashes, options);
  };
  const lean: GetLean = async (command, place) => {
    const { createLean } = await import("./create-context.ts");
    return createLean(world, command, afterDashes, place);
  };
  registerAll(program, { context, lean, setCode });
  for (const command of program.commands) {
    command
      .helpCommand(false)
      .allowExcessArguments(false)
      .exitOverride()
      .showHelpAfterError(`See: agent-vm ${command.name()} --help`);
    if (afterDashes !== undefined && ![...RUN_COMMANDS, ...NAMES_AFTER].includes(command.name()))
      command.hook("preAction", refuseDashes);
  }
  addMoreHelp(program);
  return program;
}

/** Of help where it goes to no terminal, or to one that tells no size, which is 0. */
const COLUMNS = 80;

/** What may follow "--" is theirs. */
const RUN_COMMANDS = ["connect", "run", "ssh", "__complete"];
/** Takes names after it that would be commands of its own. */
const NAMES_AFTER = ["forward"];

function refuseDashes(command: Command): void {
  throw new UserError(`${command.name()} runs no command, so nothing can follow "--".`, {
    hint: "To run a command in a workspace: agent-vm connect <branch> -- <command>",
    exit: EXIT.usage,
  });
}

/** `commandAsked`: the code is that of what runs in the workspace, which may be any but ours. */
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
