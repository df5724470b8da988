// The one door to other programs. The only importer of execa.
import { createReadStream, createWriteStream } from "node:fs";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Interrupted, ToolError } from "../errors.ts";
import { sanitizeLines } from "../guard/sanitize.ts";
import type { ScreenGuard } from "../guard/screen-guard.ts";
import { linesTo } from "./lines.ts";
import { guardedStdio, leaveScreen, showGuarded } from "./screen.ts";

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

const BLOCK = 1024 * 1024;

const unless =
  (...codes: string[]) =>
  (error: NodeJS.ErrnoException) => {
    if (!codes.includes(error.code ?? "")) throw error;
  };

/** Feeds files to the child. One that stops reading is no failure here: its exit code tells. */
async function feed(
  stdin: Writable,
  files: readonly { path: string; start: number }[],
  sent: (bytes: number) => void,
): Promise<void> {
  let total = 0;
  async function* blocks() {
    for (const { path, start } of files) {
      for await (const block of createReadStream(path, { start, highWaterMark: BLOCK })) {
        yield block;
        total += (block as Buffer).length;
        sent(total);
      }
    }
  }
  await pipeline(blocks, stdin).catch(unless("EPIPE", "ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"));
}

/** What flows between files and the child. A failure ends the child; the first one is what `ended` gives. */
function flows(
  options: RunOptions,
  child: { stdin: Writable | null; stdout: Readable | null; kill(): boolean },
  touch: () => void,
): { ended(): Promise<unknown> } {
  const { inputFile, stdoutFile, onSent } = options;
  const work: Promise<void>[] = [];
  if (inputFile !== undefined && child.stdin) {
    const paths = typeof inputFile === "string" ? [inputFile] : inputFile;
    const files = paths.map((path) => ({ path, start: options.skip?.get(path) ?? 0 }));
    const sent = (bytes: number) => {
      touch();
      onSent?.(bytes);
    };
    work.push(feed(child.stdin, files, sent));
  }
  if (stdoutFile !== undefined && child.stdout) {
    const seen = new PassThrough({ highWaterMark: BLOCK }).on("data", touch);
    const file = createWriteStream(stdoutFile, { flags: "wx", mode: 0o600 });
    work.push(pipeline(child.stdout, seen, file));
  }
  const errors: unknown[] = [];
  const watched = work.map((one) =>
    one.catch((error: unknown) => {
      errors.push(error);
      child.kill();
    }),
  );
  return {
    ended: async () => {
      await Promise.all(watched);
      return errors[0];
    },
  };
}

/** Milliseconds for the last output of a child that we ended. */
const LAST_WORDS = 1000;

/** A helper that outlives a child which was ended (git's ssh) holds its pipes open; nobody waits for that. */
function leavePipes(child: { killed: boolean; stdout: Readable | null; stderr: Readable | null }): void {
  if (!child.killed) return;
  setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, LAST_WORDS).unref();
}

/** A silent child, and what it started: git leaves its ssh behind. */
async function endWithHelpers(child: { pid?: number; kill(signal: NodeJS.Signals): boolean }): Promise<void> {
  const list = await run(["ps", "-A", "-o", "pid=,ppid="], { ok: "any", timeout: 5000 }).catch(
    () => undefined,
  );
  const helpers = descendants(list?.stdout ?? "", child.pid ?? 0);
  child.kill("SIGTERM");
  for (const pid of helpers) {
    try {
      process.kill(pid, "SIGTERM");
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** All below a process in lines of "pid parent". */
function descendants(list: string, pid: number): number[] {
  const pairs = list.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    pairs.flatMap(([id = 0, of]) => (of === parent && id > 0 ? [id, ...below(id)] : []));
  return pid > 0 ? below(pid) : [];
}

const TAIL = 64 * 1024;

function tail(stderr: string): string {
  return sanitizeLines(stderr.slice(-TAIL)).slice(-12).join("\n");
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
    maxBuffer: options.maxKept ?? MAX_BUFFER,
    ...(options.into ? { buffer: { stdout: false } } : {}),
  });
  const idle = watchIdle(options.idleTimeout, () => void endWithHelpers(child));
  child.once("exit", () => leavePipes(child));
  const { into } = options;
  const flowing = into ? child.stdout : null;
  if (into && flowing) {
    flowing.on("data", idle.touch).pipe(into);
    // Read on to the end, or the child would never be seen to end. One that has ended keeps its exit code.
    into.once("close", () => {
      if (!flowing.readableEnded && flowing.resume()) child.kill("SIGTERM");
    });
  }
  const files = flows(options, child, idle.touch);
  const guard = guarded(options);
  if (guard) showGuarded(child, guard);
  for (const stream of guard ? [] : [options.stdoutFile === undefined ? child.stdout : null, child.stderr]) {
    if (!stream || (options.into && stream === child.stdout)) continue;
    const lines = options.onLine && linesTo(options.onLine);
    stream.on("data", (chunk: Buffer | string) => {
      idle.touch();
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      options.onData?.(bytes);
      lines?.take(bytes);
    });
    stream.on("end", () => lines?.end());
  }
  const result = await child;
  if (guard) await leaveScreen(guard);
  const trouble = await files.ended();
  idle.stop();
  const stdout = typeof result.stdout === "string" ? result.stdout : "";
  const stderr = typeof result.stderr === "string" ? result.stderr : "";
  if (options.signal?.aborted) throw new Interrupted();
  if (trouble !== undefined) throw trouble;
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
  // A child that does not mind may end well all the same: half of an answer is none.
  if (ok !== "any" && result.isMaxBuffer) {
    throw new ToolError({ argv, code, stderrTail: tail(stderr), reason: "wrote more than is read of it" });
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
