// Runs one named step of work on the host: progress in one line, everything it prints in a log, its end shown on failure.
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { masked, pieceMask } from "../../guard/mask.ts";
import type { RunOptions, RunResult } from "../../io/run.ts";

type Host = Pick<Context, "run" | "paths" | "out" | "signal">;

export interface Work {
  title: string;
  argv: readonly string[];
  options?: RunOptions;
  /** What to say after the step's name when it fails, instead of where the log is. */
  hint?: string;
}

const TAIL = 15;

export const setupLog = (host: Pick<Host, "paths">): string => join(host.paths.logs, "setup.log");

/** Throws a UserError with the last lines of the output when the program fails. */
export async function runStep(host: Host, work: Work): Promise<RunResult> {
  const step = host.out.step(work.title);
  const log = setupLog(host);
  await mkdir(dirname(log), { recursive: true, mode: 0o700 });
  const file = createWriteStream(log, { flags: "a" });
  file.write(masked(`== ${work.title}: ${work.argv.join(" ")}\n`));
  const mask = pieceMask();
  const tail: string[] = [];
  const onLine = (line: string) => {
    tail.push(line);
    if (tail.length > TAIL) tail.shift();
    step.update(line);
  };
  try {
    const options = { signal: host.signal, onLine, onData: (bytes: Uint8Array) => file.write(mask(bytes)) };
    const result = await host.run(work.argv, { ...options, ...work.options });
    step.done();
    return result;
  } catch (error) {
    step.failed();
    if (!(error instanceof ToolError)) throw error;
    const details = tail.length > 0 ? tail : error.failure.stderrTail.split("\n");
    throw new UserError(`This step failed: ${work.title}.`, {
      details: [...details, `The whole output: ${log}`],
      hint: work.hint ?? "Put right what it says, then repeat it with: agent-vm setup --yes",
      exit: EXIT.notReady,
      cause: error,
    });
  } finally {
    await new Promise((resolve) => file.end(resolve));
  }
}
