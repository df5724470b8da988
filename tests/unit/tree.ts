// The whole tree of commands as users meet it, and what one command line prints; nothing of the world is touched.
import type { Command } from "commander";
import { buildProgram, type World } from "../../src/cli.ts";

const nobody = () => {
  throw new Error("a test of the tree asked for the world");
};

/** `columns`: of the terminal. */
export function commandTree(columns = 80): Command {
  const stream = { columns, write: () => true };
  const world = { argv: [], env: {}, stdout: stream, stderr: stream } as unknown as World;
  return buildProgram(world, undefined, nobody);
}

/** Every command that help shows, the program first, each before its own. */
export function everyCommand(program: Command): Command[] {
  const below = program.createHelp().visibleCommands(program);
  return [program, ...below.flatMap(everyCommand)];
}

/** The words that lead to a command: "trash drop"; "" for the program. */
export const pathOf = (command: Command): string =>
  command.parent === null ? "" : [pathOf(command.parent), command.name()].filter(Boolean).join(" ");
