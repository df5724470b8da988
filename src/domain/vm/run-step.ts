// Runs one provisioning step in the guest, with its output in the log and its end shown when it fails.
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { runScript } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { masked } from "../../guard/mask.ts";
import type { Target } from "../../target.ts";
import { RUN_STEP } from "./guest-scripts.ts";
import type { Step } from "./steps.ts";

export const provisionLog = (ctx: Context): string => join(ctx.paths.logs, "provision.log");

/** As a step of its own on the user's screen. */
export async function runInFront(ctx: Context, target: Target, step: Step, count: string): Promise<void> {
  const shown = ctx.out.step(`provision ${count}: ${step.definition.title}`);
  try {
    await runQuietly(ctx, target, step, shown.update);
    shown.done();
  } catch (error) {
    shown.failed();
    throw error;
  }
}

const TAIL = 12;

/**
 * `tell` gets each line, led by the step's title; a line "note: ..." of a step that is not optional is also said to
 * the user when it is done.
 * Throws UserError (1) with the last lines when the step fails.
 */
export async function runQuietly(
  ctx: Context,
  target: Target,
  step: Step,
  tell: (line: string) => void,
): Promise<void> {
  const { name, title, optional } = step.definition;
  const log = provisionLog(ctx);
  await appendFile(log, `=== ${new Date().toISOString()} ${name}\n`);
  const recent: string[] = [];
  const notes: string[] = [];
  const onLine = (line: string) => {
    const note = /^note: (.+)$/.exec(line)?.[1];
    // What an installer prints may be a package's own words.
    if (note !== undefined && !optional) notes.push(note);
    recent.push(line);
    if (recent.length > TAIL) recent.shift();
    tell(`${title}: ${line}`);
    // A log that cannot be written (a full disk) is no reason to end the work that it tells of.
    appendFile(log, `${name}: ${masked(line)}\n`).catch(() => {});
  };
  try {
    const script = { text: RUN_STEP, args: [name, step.hash, optional ? "optional" : ""] };
    await runScript(ctx.run, target, script, { admin: true, onLine, signal: ctx.signal });
    for (const note of notes) ctx.out.say(note);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new UserError(`Provisioning step ${name} (${title}) failed.`, {
      details: recent,
      hint: "The same command goes on from this step; the whole log: agent-vm logs provision",
      exit: EXIT.failed,
      cause: error,
    });
  }
}
