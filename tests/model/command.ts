// One command line of the tool against a Context that finds its VM up: the real command tree, without its main.
import { Command, CommanderError } from "commander";
import { registerAll } from "../../src/commands.ts";
import type { Context } from "../../src/context.ts";
import { EXIT, explain } from "../../src/errors.ts";
import { holdToForm } from "../answers.ts";

export interface Outcome {
  exit: number;
  /** What a user would read of a failure. */
  text: string[];
}

function buildTree(ctx: Context, setCode: (code: number) => void): Command {
  const program = new Command("agent-vm").exitOverride();
  registerAll(program, { context: async () => ctx, lean: async () => ctx, setCode });
  for (const command of program.commands) {
    command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  }
  return program;
}

export async function runCommand(ctx: Context, argv: readonly string[]): Promise<Outcome> {
  let code: number = EXIT.done;
  const program = buildTree(holding(ctx, argv), (value) => {
    code = value;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return { exit: code, text: [] };
  } catch (error) {
    if (error instanceof CommanderError) return { exit: EXIT.usage, text: [error.message] };
    const { message, details, hint, exit } = explain(error);
    return { exit, text: [message, ...details, ...(hint === undefined ? [] : [`→ ${hint}`])] };
  }
}

/** The same context, and what it answers is looked at. */
function holding(ctx: Context, argv: readonly string[]): Context {
  const answer = (text: string) => {
    holdToForm(argv, text);
    ctx.out.answer(text);
  };
  return { ...ctx, out: { ...ctx.out, answer } };
}

/** Ignored files that the user of the model grants to every workspace. */
const GRANTED = [".env"];

/** The context with what the model's user has set. */
export const withSettings = (ctx: Context): Context => ({
  ...ctx,
  settings: { ...ctx.settings, workspace: { ...ctx.settings.workspace, carry: GRANTED } },
});

/** True when the command tree has the command, and the option when one is named. */
export function hasCommand(ctx: Context, name: string, option?: string): boolean {
  const command = buildTree(ctx, () => undefined).commands.find((one) => one.name() === name);
  if (command === undefined) return false;
  return option === undefined || command.options.some((one) => one.long === option);
}
