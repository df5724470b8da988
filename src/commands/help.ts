// agent-vm help: a command's help, or a topic.
import type { Command } from "commander";
import type { GetLean } from "../cli.ts";
import { nearest } from "../domain/help/near.ts";
import { TOPICS } from "../domain/help/topic-names.ts";
import { EXIT, UserError } from "../errors.ts";
import { sanitize } from "../guard/sanitize.ts";

const COLUMNS = 80;

export function register(program: Command, lean: GetLean): void {
  program
    .command("help")
    .description(`a command's help, or a topic: ${TOPICS.join(", ")}`)
    .argument("[topic...]", "a command or a topic")
    .action(async (words: string[], _options: unknown, self: Command) => {
      const [first] = words;
      if (first === undefined) return program.outputHelp();
      const { isTopic, topicText } = await import("../domain/help/topics.ts");
      const command = findCommand(program, words);
      const ctx = await lean(self);
      if (!command && !isTopic(first)) throw unknown(program, words);
      command?.outputHelp();
      if (!isTopic(first)) return;
      if (command) ctx.out.answer("");
      ctx.out.answer(await topicText(ctx.programDir, first, ctx.columns ?? COLUMNS));
    });
}

function findCommand(program: Command, words: readonly string[]): Command | undefined {
  return words.reduce<Command | undefined>(
    (above, word) => above?.commands.find((one) => one.name() === word),
    program,
  );
}

function unknown(program: Command, words: readonly string[]): UserError {
  const meant = meantBy(program, words);
  return new UserError(`There is no command and no topic "${sanitize(words.join(" "))}".`, {
    hint:
      meant === undefined ? "See which there are: agent-vm --help" : `Did you mean: agent-vm help ${meant}`,
    exit: EXIT.usage,
  });
}

/** Word by word: what follows a command's name is a command of its own. Undefined when one is like no name. */
function meantBy(program: Command, words: readonly string[]): string | undefined {
  const [all] = nearest(words.join(" "), namesIn(program));
  if (all !== undefined) return all;
  const meant: string[] = [];
  let above: Command | undefined = program;
  for (const word of words) {
    const names: string[] = above === undefined ? [] : namesIn(above);
    const name: string | undefined = names.includes(word) ? word : nearest(word, names)[0];
    // What a command is called with is no name of ours.
    if (name === undefined) break;
    meant.push(name);
    above = above?.commands.find((one) => one.name() === name);
  }
  const found = meant.join(" ");
  return found === "" || found === words.join(" ") ? undefined : found;
}

/** The commands of one, and of the program its topics, too. */
const namesIn = (command: Command): string[] => [
  ...command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name()),
  ...(command.parent === null ? TOPICS : []),
];
