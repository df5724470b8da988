// What the word at the cursor is to be: a command, an option, or the value of one or of an argument. Pure.
import type { Grammar, GrammarArgument, GrammarOption } from "./grammar.ts";

export interface Slot {
  /** The command's words: "trash drop". */
  command: string;
  /** "branch" for an argument, "--agent" for an option. */
  name: string;
  choices: readonly string[] | undefined;
}

export interface Position {
  /** Values that can stand here. */
  slots: readonly Slot[];
  /** What stands before the value in the same word: "--agent=". */
  prefix: string;
  commands: readonly Grammar[];
  options: readonly GrammarOption[];
  /** Values of options so far, by their long names. */
  given: ReadonlyMap<string, string>;
}

interface Walk {
  command: Grammar;
  /** Those of the command and of all above it. */
  options: readonly GrammarOption[];
  operands: number;
  /** The option that a word was just given to, or waits for its first. */
  open: GrammarOption | undefined;
  hungry: boolean;
  used: Set<GrammarOption>;
  given: Map<string, string>;
  /** A `--` was seen: the rest is another program's. */
  over: boolean;
}

export function positionOf(root: Grammar, words: readonly string[], current: string): Position {
  const walk: Walk = {
    command: root,
    options: root.options,
    operands: 0,
    open: undefined,
    hungry: false,
    used: new Set(),
    given: new Map(),
    over: false,
  };
  for (const word of words) step(walk, word);
  const nothing: Position = { slots: [], prefix: "", commands: [], options: [], given: walk.given };
  if (walk.over) return nothing;
  const { open } = walk;
  if (open && walk.hungry && open.takes !== "perhaps") return { ...nothing, slots: [slotOf(walk, open)] };
  const joined = /^(--[^=]+)=/.exec(current);
  if (joined) {
    const option = walk.options.find((one) => one.long === joined[1]);
    const takesIt = option !== undefined && option.takes !== "nothing";
    return takesIt ? { ...nothing, slots: [slotOf(walk, option)], prefix: joined[0] } : nothing;
  }
  if (current.startsWith("-")) return { ...nothing, options: unused(walk) };
  return operandAt(walk, nothing, current);
}

function operandAt(walk: Walk, nothing: Position, current: string): Position {
  const { command, open, operands } = walk;
  if (command.commands.length > 0 && operands === 0) return { ...nothing, commands: command.commands };
  const argument = argumentAt(command, operands);
  const slots = [
    ...(open ? [slotOf(walk, open)] : []),
    ...(argument
      ? [{ command: command.path, name: argument.name, choices: argument.choices } satisfies Slot]
      : []),
  ];
  return { ...nothing, slots, options: slots.length === 0 && current === "" ? unused(walk) : [] };
}

function argumentAt(command: Grammar, operands: number): GrammarArgument | undefined {
  const last = command.arguments.at(-1);
  return command.arguments[operands] ?? (last?.variadic ? last : undefined);
}

function step(walk: Walk, word: string): void {
  if (walk.over) return;
  const { open } = walk;
  if (open && walk.hungry && (open.takes === "one" || !word.startsWith("-"))) {
    walk.given.set(open.long, word);
    // One that takes several goes on taking.
    walk.open = open.takes === "several" ? open : undefined;
    walk.hungry = open.takes === "several";
    return;
  }
  walk.open = undefined;
  walk.hungry = false;
  if (word === "--") walk.over = true;
  else if (word.startsWith("-") && word !== "-") startOption(walk, word);
  else operand(walk, word);
}

function startOption(walk: Walk, word: string): void {
  const [name = "", ...value] = word.split("=");
  const long = word.startsWith("--");
  const option = long
    ? walk.options.find((one) => one.long === name)
    : walk.options.find((one) => one.short === `-${word.at(-1)}`);
  if (!option) return;
  walk.used.add(option);
  if (option.takes === "nothing") return;
  if (long && value.length > 0) walk.given.set(option.long, value.join("="));
  else {
    walk.open = option;
    walk.hungry = true;
  }
}

/** What a command does not have from the one above it. */
const OF_ITS_OWN = new Set(["--help", "--version"]);

function operand(walk: Walk, word: string): void {
  const next = walk.operands === 0 ? walk.command.commands.find((one) => one.name === word) : undefined;
  if (next) {
    walk.command = next;
    walk.options = [...next.options, ...walk.options.filter(({ long }) => !OF_ITS_OWN.has(long))];
  } else walk.operands += 1;
}

const slotOf = (walk: Walk, option: GrammarOption): Slot => ({
  command: walk.command.path,
  name: option.long,
  choices: option.choices,
});

const unused = ({ options, used }: Walk): readonly GrammarOption[] =>
  options.filter((one) => one.takes === "several" || !used.has(one));
