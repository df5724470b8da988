// gitleaks: texts on its standard input, its report on standard output. It sees no repository and no configuration but ours.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { ToolError } from "../errors.ts";
import { sanitizeLines } from "../guard/sanitize.ts";
import type { Run } from "../io/run.ts";

export interface GitleaksHost {
  run: Run;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

/** One line of its report. */
export interface Leak {
  rule: string;
  /** Of all that was read, from 1. */
  line: number;
  /** Whole: it never leaves this process. */
  secret: string;
}

/** The rules that are built into it, and nothing a repository says. */
const CONFIG = "[extend]\nuseDefault = true\n";
/** Its own code for "something was found" is also that for "could not". */
const FOUND = 43;
/** Milliseconds without a byte of output are no measure: it speaks at the end. */
const TIMEOUT = 60 * 60_000;

/**
 * Reads `input` to its end; `directory` is a private, empty one. Throws ToolError when it fails or its report is not
 * whole. It is not asked to redact: the report goes through a pipe to the process that sent the text, which needs the
 * values to know them again and shows none.
 */
export async function gitleaks(
  host: GitleaksHost,
  program: string,
  { directory, input }: { directory: string; input: Readable },
): Promise<Leak[]> {
  const config = join(directory, "gitleaks.toml");
  await writeFile(config, CONFIG, { mode: 0o600 });
  const argv = [
    program,
    "stdin",
    `--config=${config}`,
    // Neither a .gitleaksignore nor a comment in the text can mute it.
    `--gitleaks-ignore-path=${directory}`,
    "--ignore-gitleaks-allow",
    "--max-archive-depth=0",
    "--no-banner",
    "--no-color",
    "--log-level=error",
    `--exit-code=${FOUND}`,
    "--report-format=json",
    "--report-path=-",
  ];
  const { PATH = "", HOME = "" } = host.env;
  const { code, stdout, stderr } = await host.run(argv, {
    cwd: directory,
    env: { PATH, HOME, LC_ALL: "C" },
    input,
    ok: [0, FOUND],
    timeout: TIMEOUT,
    signal: host.signal,
  });
  const leaks = parseReport(stdout);
  if (leaks !== undefined && leaks.length > 0 === (code === FOUND)) return leaks;
  const stderrTail = [...sanitizeLines(stderr).slice(-5), "its report was not understood"].join("\n");
  throw new ToolError({ argv: [program, "stdin"], code, stderrTail });
}

/** Undefined for anything that is not the report of a whole run. */
export function parseReport(text: string): Leak[] | undefined {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(report)) return undefined;
  const leaks = report.map((entry: Record<string, unknown> | null) => {
    const { RuleID: rule, StartLine: line, Secret: secret } = entry ?? {};
    const whole = typeof rule === "string" && typeof secret === "string" && Number.isSafeInteger(line);
    return whole ? { rule, line: line as number, secret } : undefined;
  });
  return leaks.every((leak) => leak !== undefined) ? leaks : undefined;
}
