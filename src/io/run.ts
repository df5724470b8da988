// The one door to other programs. The only importer of execa.
import { Interrupted, ToolError } from "../errors.ts";
import { sanitizeLines } from "../guard/sanitize.ts";

export interface RunOptions {
  cwd?: string;
  /** The child's whole environment. Without it the child gets the program's own. */
  env?: Readonly<Record<string, string>>;
  /** Bytes for standard input; without it the child reads nothing (or the terminal, when `terminal` is set). */
  input?: string | Uint8Array;
  /** Milliseconds until the child is ended. */
  timeout?: number;
  /** Milliseconds without a byte of output until the child is ended. */
  idleTimeout?: number;
  /** Exit codes that are an answer and not a failure; "any" for all. Default: 0. */
  ok?: readonly number[] | "any";
  /** How stdout is decoded; "latin1" keeps every byte of names that are not UTF-8. */
  encoding?: "utf8" | "latin1";
  /** Called with each line of standard output and error as it comes, cleaned. */
  onLine?: (line: string) => void;
  /** Called with the raw bytes of both streams, for a log file. */
  onData?: (bytes: Uint8Array) => void;
  /** The child gets our terminal: interactive shells, sudo. Nothing is captured. */
  terminal?: boolean;
  /** Standard output and error go straight to ours while standard input comes from ours: `connect -- cmd`. */
  passThrough?: boolean;
  signal?: AbortSignal;
}

export interface RunResult {
  /** Exit code; 128 + n when a signal ended the child. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs argv without a shell. Throws ToolError for an exit code not in `ok`, Interrupted after Ctrl-C. */
export type Run = (argv: readonly string[], options?: RunOptions) => Promise<RunResult>;

const MAX_BUFFER = 512 * 1024 * 1024;

function stdio(options: RunOptions) {
  if (options.terminal || options.passThrough) return { stdio: "inherit" } as const;
  const stdin = options.input === undefined ? ("ignore" as const) : ("pipe" as const);
  return { stdin, ...(options.input === undefined ? {} : { input: options.input }) };
}

function tail(stderr: string): string {
  return sanitizeLines(stderr).slice(-12).join("\n");
}

export const run: Run = async (argv, options = {}) => {
  const { execa } = await import("execa");
  const [file = "", ...args] = argv;
  const interactive = options.terminal === true || options.passThrough === true;
  const child = execa(file, args, {
    ...stdio(options),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env, extendEnv: false }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    encoding: options.encoding ?? "utf8",
    reject: false,
    stripFinalNewline: false,
    maxBuffer: MAX_BUFFER,
  });
  const idle = watchIdle(options.idleTimeout, () => child.kill("SIGTERM"));
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    let rest = "";
    stream.on("data", (chunk: Buffer | string) => {
      idle.touch();
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      options.onData?.(bytes);
      if (!options.onLine) return;
      const pieces = (rest + bytes.toString("utf8")).split(/\r?\n|\r/);
      rest = pieces.pop() ?? "";
      for (const piece of pieces) for (const line of sanitizeLines(piece)) options.onLine(line);
    });
    stream.on("end", () => {
      for (const line of sanitizeLines(rest)) options.onLine?.(line);
    });
  }
  const result = await child;
  idle.stop();
  const stdout = typeof result.stdout === "string" ? result.stdout : "";
  const stderr = typeof result.stderr === "string" ? result.stderr : "";
  if (options.signal?.aborted) throw new Interrupted();
  const signalled = result.signal === undefined ? undefined : signalNumber(result.signal);
  // A child that shares the terminal gets the user's Ctrl-C itself; only a captured one is our interruption.
  if (!interactive && result.signal === "SIGINT") throw new Interrupted();
  const code = result.exitCode ?? (signalled === undefined ? undefined : 128 + signalled);
  const reason = result.timedOut || idle.fired() ? "timed out" : result.code;
  if (code === undefined || (result.exitCode === undefined && reason === "timed out")) {
    throw new ToolError({
      argv,
      code: undefined,
      stderrTail: tail(stderr),
      reason: reason ?? "could not run",
    });
  }
  const ok = options.ok ?? [0];
  if (ok !== "any" && !ok.includes(code)) {
    throw new ToolError({ argv, code, stderrTail: tail(stderr) });
  }
  return { code, stdout, stderr };
};

function signalNumber(name: string): number {
  const numbers: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGPIPE: 13, SIGTERM: 15 };
  return numbers[name] ?? 15;
}

function watchIdle(milliseconds: number | undefined, end: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let fired = false;
  const touch = () => {
    if (milliseconds === undefined) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      fired = true;
      end();
    }, milliseconds);
  };
  touch();
  return { touch, fired: () => fired, stop: () => clearTimeout(timer) };
}
