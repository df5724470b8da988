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
  const known = program.createHelp().visibleCommands(program);
  const [meant] = nearest(words.join(" "), [...known.map((one) => one.name()), ...TOPICS]);
  return new UserError(`There is no command and no topic "${sanitize(words.join(" "))}".`, {
    hint:
      meant === undefined ? "See which there are: agent-vm --help" : `Did you mean: agent-vm help ${meant}`,
    exit: EXIT.usage,
  });
}
