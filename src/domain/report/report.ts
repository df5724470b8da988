// A report for an issue: gathered, cleaned of secrets and names, shown, and written when the user agrees.
import { stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { openPager, type Screen } from "../../io/pager.ts";
import { agreeTo } from "../consent.ts";
import { gatherParts, type Part } from "./gather.ts";
import { whatIsKnown } from "./known.ts";
import { leftIn, redact } from "./redact.ts";
import { type StandIn, standInsFor } from "./stand-ins.ts";

const HEAD = `Report of agent-vm
==================

Taken out: values of keys and variables, what looks like a secret, and the names of the user, this computer, its
addresses, repositories, branches and workspaces; <words like this> stand for them, the same each time. Nothing of what
sessions wrote is in it. Read it before you send it.
`;

export interface Wanted {
  /** `-` is standard output; without a name it lies in the current directory. */
  output?: string | undefined;
  /** Of this program. */
  version: string;
}

/** Gives the file's path; undefined when it was only shown. Throws UserError (4) without a yes. */
export async function report(
  ctx: Context,
  { output, version }: Wanted,
  screen: Screen,
): Promise<string | undefined> {
  if (output === "-") {
    screen.stdout.write(await makeReport(ctx, version));
    return undefined;
  }
  const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  const file = resolve(ctx.cwd, output ?? `agent-vm-report-${stamp}.txt`);
  await needDirectory(dirname(file));
  const question = `Write this report to ${sanitize(file, 4096)}?`;
  // Where nobody can be asked, nobody waits for it either.
  if (!ctx.confirm.possible) await agreeTo(ctx, question);
  const text = await makeReport(ctx, version);
  if (!ctx.flags.yes) {
    await show(ctx, text, screen);
    await agreeTo(ctx, question);
  }
  await write(file, text);
  return file;
}

/** The finished text. */
export async function makeReport(ctx: Context, version: string): Promise<string> {
  const step = ctx.out.step("looking at this host, the VM and the logs");
  try {
    const known = await whatIsKnown(ctx);
    const text = assemble(await gatherParts(ctx, known, version), standInsFor(known));
    step.done();
    return text;
  } catch (error) {
    step.failed();
    throw error;
  }
}

export function assemble(parts: readonly Part[], standIns: readonly StandIn[]): string {
  const body = parts.map(({ title, text }) => {
    const clean = redact(title, standIns);
    return `\n## ${clean}\n\n${redact(text, standIns)}\n`;
  });
  const text = body.join("");
  const left = leftIn(text, standIns);
  // Whatever the reason: what must not be in it is never shown as a report.
  if (left.length > 0)
    throw new Error(`A report would hold what it must not: ${left.map(({ shown }) => shown).join()}`);
  return HEAD + text;
}

async function show(ctx: Context, text: string, screen: Screen): Promise<void> {
  const command = screen.terminal ? ctx.env["PAGER"] || "less" : undefined;
  const pager = openPager(ctx.run, screen, {
    command: command === "cat" ? undefined : command,
    env: ctx.env,
  });
  await new Promise<void>((done) => {
    pager.sink.on("close", done).on("error", () => done());
    pager.sink.end(text);
  });
  const { code } = await pager.ended();
  // Without a pager it is shown all the same.
  if (code === 126 || code === 127) screen.stdout.write(text);
}

/** Said at once: what is gathered takes its time. */
async function needDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new UserError(`There is no directory ${sanitize(directory)}.`, {
    hint: "Name another file: agent-vm report --output FILE",
    exit: EXIT.usage,
  });
}

/** A new file for its owner alone: nothing that is there is written over, and no link followed. */
async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new UserError(`${sanitize(file)} is there already.`, {
      hint: "Name another file: agent-vm report --output FILE",
      exit: EXIT.refused,
      cause,
    });
  }
}
