// The two kinds of failure a user can meet, and how each becomes text and an exit code.

/** Exit codes of the program, documented in the README. 125 and 130 are given by main.ts alone. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notReady: 3,
  refused: 4,
  bug: 70,
  beforeCommand: 125,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface UserErrorOptions {
  /** One sentence with the command that helps. */
  hint?: string;
  exit?: ExitCode;
  /** Lines between the sentence and the hint: names, a tail of a log. Already cleaned of control bytes. */
  details?: readonly string[];
  cause?: unknown;
}

/** Something that is true and that the user can act on: a sentence, perhaps details, a hint and an exit code. */
export class UserError extends Error {
  readonly hint: string | undefined;
  readonly exit: ExitCode;
  readonly details: readonly string[];

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = "UserError";
    this.hint = options.hint;
    this.exit = options.exit ?? EXIT.failed;
    this.details = options.details ?? [];
  }
}

export interface ToolFailure {
  argv: readonly string[];
  /** The program's exit code; undefined when a signal ended it or it could not be started. */
  code: number | undefined;
  /** The last lines of its standard error, cleaned of control bytes. */
  stderrTail: string;
  /** Why it has no exit code: "ENOENT", "timed out", a signal's name. */
  reason?: string;
}

/** A child program failed and nobody above knew better what that means. */
export class ToolError extends Error {
  readonly failure: ToolFailure;

  constructor(failure: ToolFailure) {
    super(`${failure.argv[0]} ${failure.reason ?? `ended with code ${failure.code}`}`);
    this.name = "ToolError";
    this.failure = failure;
  }
}

/** The user pressed Ctrl-C, or the program was asked to end. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interrupted";
  }
}

export interface Explanation {
  message: string;
  details: readonly string[];
  hint: string | undefined;
  exit: ExitCode;
}

const SYSTEM_TROUBLE: Record<string, { is: string; hint: string }> = {
  ENOSPC: { is: "This host's disk is full", hint: "Make room, then run the same command again; it goes on." },
  EDQUOT: {
    is: "Your disk quota is used up",
    hint: "Make room, then run the same command again; it goes on.",
  },
  ENOTDIR: {
    is: "Something that is no directory stands where one is needed",
    hint: "Move it away, then run the same command again.",
  },
  EFBIG: {
    is: "A file would be larger than this host's file system or your limit permits",
    hint: "Raise the limit (ulimit -f) or use another file system, then run the same command again.",
  },
  EIO: {
    is: "A disk of this host reports an error",
    hint: "Check the disk (dmesg), then run the same command again.",
  },
  EROFS: {
    is: "A file system of this host is read-only",
    hint: "Make it writable, then run the same command again.",
  },
  EACCES: {
    is: "This host does not permit it",
    hint: "See who owns that path, then run the same command again.",
  },
  EPERM: {
    is: "This host does not permit it",
    hint: "See who owns that path, then run the same command again.",
  },
};

/** A refusal of the operating system that the user can do something about; undefined for any other error. */
function systemTrouble(error: unknown): Explanation | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  const known = code !== undefined && syscall !== undefined ? SYSTEM_TROUBLE[code] : undefined;
  if (!known) return undefined;
  const where = path === undefined ? "" : `: ${path}`;
  return {
    message: `${known.is} (${code}, ${syscall}${where}).`,
    details: [],
    hint: known.hint,
    exit: EXIT.failed,
  };
}

/** What to tell the user about any thrown value. A value that is neither kind of error is a bug (70) with its stack. */
export function explain(error: unknown): Explanation {
  if (error instanceof UserError) {
    return { message: error.message, details: error.details, hint: error.hint, exit: error.exit };
  }
  if (error instanceof ToolError) {
    const { argv, stderrTail } = error.failure;
    const details = [`command: ${argv.join(" ")}`, ...stderrTail.split("\n").filter(Boolean)];
    return { message: `${error.message}.`, details, hint: undefined, exit: EXIT.failed };
  }
  const trouble = systemTrouble(error);
  if (trouble) return trouble;
  if (error instanceof Interrupted) {
    return { message: "Interrupted.", details: [], hint: undefined, exit: EXIT.interrupted };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    message: "This is a bug in agent-vm.",
    details: stack.split("\n"),
    hint: "Please report it with the lines above.",
    exit: EXIT.bug,
  };
}
