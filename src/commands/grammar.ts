// The tree of commands as data, read from commander's own, so that completion never knows something else.
import type { Command, Option } from "commander";
import type { Grammar, GrammarOption } from "../domain/completion/grammar.ts";

const takes = (option: Option): GrammarOption["takes"] => {
  if (option.variadic) return "several";
  return option.required ? "one" : option.optional ? "perhaps" : "nothing";
};

export function grammarOf(command: Command, above: readonly string[] = []): Grammar {
  const path = command.parent === null ? [] : [...above, command.name()];
  const help = command.createHelp();
  return {
    path: path.join(" "),
    name: command.name(),
    description: command.description(),
    options: help.visibleOptions(command).map((option) => ({
      long: option.long ?? option.short ?? "",
      short: option.short,
      description: option.description,
      takes: takes(option),
      choices: option.argChoices,
    })),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      variadic: argument.variadic,
      choices: argument.argChoices,
    })),
    commands: help.visibleCommands(command).map((one) => grammarOf(one, path)),
  };
}
