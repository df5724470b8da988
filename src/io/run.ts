// The one door to other programs. The only importer of execa.
import type { Readable, Writable } from "node:stream";
import { Interrupted, ToolError } from "../errors.ts";
import { sanitizeLines } from "../guard/sanitize.ts";
import type { ScreenGuard } from "../guard/screen-guard.ts";
import { flows } from "./flows.ts";
import { linesTo } from "./lines.ts";
import { guardedStdio, leaveScreen, showGuarded } from "./screen.ts";
import { endWithHelpers, leavePipes, watchIdle } from "./silence.ts";

export interface RunOptions {
  cwd?: string;
  /** The child's whole environment. Without it the child gets the program's own. */
  env?: Readonly<Record<string, string>>;
  /** Bytes for standard input; without it the child reads nothing (or the terminal, when `terminal` is set). */
  input?: string | Uint8Array | Readable;
  /** Files for standard input, one after the other, instead of `input`; read as the child takes them. */
  inputFile?: string | readonly string[];
  /** Of these files, by path: how many bytes at the beginning are left out. */
  skip?: ReadonlyMap<string, number>;
  /** Called with the number of bytes of `inputFile` that were handed to the child so far. */
  onSent?: (bytes: number) => void;
  /**
   * A new file (0600) that takes standard output; `stdout` is then "". `onLine` and `onData` see standard error alone.
   * Throws the system's own error when it exists or cannot be written; the child is ended then.
   */
  stdoutFile?: string;
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
  /**
   * Standard output goes into this stream as raw bytes, no faster than the stream takes them, and is not kept. A stream
   * that is destroyed ends the child.
   */
  into?: Writable;
  /** Bytes that are kept of each stream; a child that writes more is ended. Default: 512 MiB. */
  maxKept?: number;
  /** The child gets our terminal: interactive shells, sudo. Nothing is captured. */
  terminal?: boolean;
  /** Standard output and error go straight to ours while standard input comes from ours, or from `input`. */
  passThrough?: boolean;
  /** With `passThrough`: what would reach a terminal of ours goes through this guard. */
  screen?: ScreenGuard;
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

const guarded = ({ passThrough, screen }: RunOptions): ScreenGuard | undefined =>
  passThrough ? screen : undefined;

function stdio(options: RunOptions) {
  if (options.input !== undefined && options.passThrough) {
    const streams = guarded(options) ? guardedStdio() : ({ stdout: "inherit", stderr: "inherit" } as const);
    return { ...streams, stdin: "pipe" as const, input: options.input };
  }
  if (guarded(options)) return guardedStdio();
  if (options.terminal || options.passThrough) return { stdio: "inherit" } as const;
  const piped = options.input !== undefined || options.inputFile !== undefined;
  return {
    stdin: piped ? ("pipe" as const) : ("ignore" as const),
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.stdoutFile === undefined ? {} : { buffer: { stdout: false } }),
  };
}

const TAIL = 64 * 1024;

function tail(stderr: string): string {
  return sanitizeLines(stderr.slice(-TAIL)).slice(-12).join("\n");
}

export const run: Run = async (argv, options = {}) => {
  const { execa } = await import("execa");
  const [file = "", ...args] = argv;
  const child = execa(file, args, {
    ...stdio(options),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env, extendEnv: false }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    encoding: options.encoding ?? "utf8",
    reject: false,
    stripFinalNewline: false,
    maxBuffer: options.maxKept ?? MAX_BUFFER,
    ...(options.into ? { buffer: { stdout: false } } : {}),
  });
  const idle = watchIdle(options.idleTimeout, () => void endWithHelpers(child, run));
  child.once("exit", () => leavePipes(child));
  if (options.into && child.stdout) pour(child, child.stdout, options.into, idle.touch);
  const files = flows(options, child, idle.touch);
  const guard = guarded(options);
  if (guard) showGuarded(child, guard);
  else listen(child, options, idle.touch);
  const result = await child;
  if (guard) await leaveScreen(guard);
  const trouble = await files.ended();
  idle.stop();
  if (options.signal?.aborted) throw new Interrupted();
  if (trouble !== undefined) throw trouble;
  return judged(argv, options, { ...result, timedOut: result.timedOut || idle.fired() });
};

/** No faster than the stream takes it. */
function pour(
  child: { kill(signal: NodeJS.Signals): boolean },
  flowing: Readable,
  into: Writable,
  touch: () => void,
): void {
  flowing.on("data", touch).pipe(into);
  // Read on to the end, or the child would never be seen to end. One that has ended keeps its exit code.
  into.once("close", () => {
    if (!flowing.readableEnded && flowing.resume()) child.kill("SIGTERM");
  });
}

/** Tells of what comes and goes nowhere else. */
function listen(
  { stdout, stderr }: { stdout: Readable | null; stderr: Readable | null },
  { stdoutFile, into, onLine, onData }: RunOptions,
  touch: () => void,
): void {
  for (const stream of [stdoutFile === undefined && !into ? stdout : null, stderr]) {
    if (!stream) continue;
    const lines = onLine && linesTo(onLine);
    stream.on("data", (chunk: Buffer | string) => {
      touch();
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      onData?.(bytes);
      lines?.take(bytes);
    });
    stream.on("end", () => lines?.end());
  }
}

interface Ended {
  exitCode?: number | undefined;
  signal?: NodeJS.Signals | undefined;
  /** The system's word for a program that could not be run. */
  code?: string | undefined;
  timedOut: boolean;
  isMaxBuffer: boolean;
  stdout?: unknown;
  stderr?: unknown;
}

/** What came of it, or the error that it is. */
function judged(argv: readonly string[], options: RunOptions, ended: Ended): RunResult {
  const { exitCode, signal, timedOut } = ended;
  const stdout = typeof ended.stdout === "string" ? ended.stdout : "";
  const stderr = typeof ended.stderr === "string" ? ended.stderr : "";
  const failed = (code: number | undefined, reason?: string) =>
    new ToolError({ argv, code, stderrTail: tail(stderr), ...(reason !== undefined && { reason }) });
  const interactive = options.terminal === true || options.passThrough === true;
  // A child that shares the terminal gets the user's Ctrl-C itself; only a captured one is our interruption.
  if (!interactive && signal === "SIGINT") throw new Interrupted();
  const code = exitCode ?? (signal === undefined ? undefined : 128 + signalNumber(signal));
  if (code === undefined || (exitCode === undefined && timedOut))
    throw failed(undefined, timedOut ? "timed out" : (ended.code ?? "could not run"));
  const ok = options.ok ?? [0];
  if (ok === "any") return { code, stdout, stderr };
  if (!ok.includes(code)) throw failed(code);
  // A child that does not mind may end well all the same: half of an answer is none.
  if (ended.isMaxBuffer) throw failed(code, "wrote more than is read of it");
  return { code, stdout, stderr };
}

function signalNumber(name: string): number {
  const numbers: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGPIPE: 13, SIGTERM: 15 };
  return numbers[name] ?? 15;
}
