// Where words go: answers on standard output, narration on standard error; in both known secrets are hidden and
// control characters made visible.
import { masked } from "../guard/mask.ts";
import { printable } from "../guard/sanitize.ts";
import { inAscii } from "./charset.ts";
import { screenIsTaken, whenGivenBack } from "./taken-screen.ts";

export interface Output {
  /** The answer a command was asked for. */
  answer(text: string): void;
  /** What is happening, one line. Silent under --quiet, unless it is what the user is `asked` about. */
  say(text: string, why?: "asked"): void;
  /** Something the user should know although the command goes on. */
  warn(text: string): void;
  /**
   * A long step: on a terminal a line that is replaced and counts the seconds, elsewhere a plain line when it starts.
   * `late`: one that is mostly short; it is shown after a second, on a terminal alone, and leaves no line.
   */
  step(text: string, when?: "late"): Step;
  /** Details shown under --verbose alone. */
  detail(text: string): void;
}

export interface Step {
  /** A word on how far it is; shown on a terminal alone. */
  update(text: string): void;
  done(text?: string): void;
  failed(): void;
}

export interface OutputOptions {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  /** Standard error is a terminal. */
  terminal: boolean;
  columns: number;
  quiet: boolean;
  verbose: boolean;
  /** Which of the two streams are terminals that cannot show UTF-8. */
  ascii?: { stdout: boolean; stderr: boolean };
}

const SECOND = 1000;
const safe = (text: string, ascii = false) =>
  ascii ? inAscii(printable(masked(text))) : printable(masked(text));
const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** The first of the characters that may take two columns; most before it take one. */
const WIDE = 0x1100;
const widthOf = (character: string): number => ((character.codePointAt(0) ?? 0) < WIDE ? 1 : 2);

/** What surely fits into so many columns: a line that wrapped would leave its first part on the screen. */
function cut(text: string, columns: number): string {
  let used = 0;
  let kept = "";
  for (const character of text) {
    used += widthOf(character);
    if (used > columns) return `${kept}…`;
    if (used < columns) kept += character;
  }
  return text;
}

export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr, terminal, quiet } = options;
  const { ascii } = options;
  let live = false;
  let steps = 0;
  const clear = () => {
    if (live) stderr.write("\r\u001b[2K");
    live = false;
  };
  const write = (text: string) => {
    clear();
    stderr.write(`${text}\n`);
  };
  const wait = createWaiting(write);
  const line = (text: string) => {
    const shown = safe(text, ascii?.stderr);
    // Into a file it goes at once.
    if (terminal && screenIsTaken()) wait(shown);
    else write(shown);
  };
  const replace = (words: string) => {
    if (screenIsTaken()) return;
    clear();
    // Before it is cut: half a secret is one, too.
    stderr.write(
      cut(safe(words, ascii?.stderr).replaceAll(/[\t\n]/g, " "), Math.max(20, options.columns - 1)),
    );
    live = true;
  };

  return {
    answer: (text) => {
      clear();
      stdout.write(`${safe(text, ascii?.stdout)}\n`);
    },
    say: (text, why) => {
      if (!quiet || why === "asked") line(text);
    },
    warn: (text) => line(`warning: ${text}`),
    detail: (text) => {
      if (options.verbose) line(text);
    },
    step: (text, when) => {
      const since = Date.now();
      const late = when === "late";
      if (!late) steps += 1;
      let latest = "";
      const draw = () => {
        const age = Math.floor((Date.now() - since) / SECOND);
        replace(`… ${text}${age > 0 ? ` (${age} s)` : ""}${latest && `: ${latest}`}`);
      };
      // One that is late has nothing to say while another one is shown.
      const tick = () => {
        if (!late || steps === 0) draw();
      };
      const ticking = !quiet && terminal ? setInterval(tick, SECOND).unref() : undefined;
      if (!quiet && !late) terminal ? draw() : line(`… ${text}`);
      const end = (mark: string, what: string) => {
        clearInterval(ticking);
        if (late) return clear();
        steps -= 1;
        if (!quiet) line(`${mark} ${what} (${seconds(since)})`);
      };
      return {
        update: (more) => {
          latest = more;
          if (ticking) draw();
        },
        done: (more) => end("✓", more ?? text),
        failed: () => end("✗", text),
      };
    },
  };
}

/** Lines that are kept for later; a view may be looked at for days. */
const MOST_WAITING = 200;

/** Keeps lines until the screen is given back, the latest ones. */
function createWaiting(write: (text: string) => void): (line: string) => void {
  let kept: string[] = [];
  let dropped = 0;
  const flush = () => {
    if (dropped > 0) write(`(${dropped} lines before these are left out)`);
    for (const one of kept) write(one);
    kept = [];
    dropped = 0;
  };
  return (line) => {
    if (kept.length === 0) whenGivenBack(flush);
    kept.push(line);
    if (kept.length <= MOST_WAITING) return;
    kept.shift();
    dropped += 1;
  };
}

/** The work's result, as a step from its begin to its end, whichever that is. */
export async function asStep<T>(out: Pick<Output, "step">, text: string, work: () => Promise<T>): Promise<T> {
  const step = out.step(text);
  try {
    const result = await work();
    step.done();
    return result;
  } catch (error) {
    step.failed();
    throw error;
  }
}

/** The work's result; when it takes over a second a terminal shows what is waited for. */
export async function during<T>(out: Pick<Output, "step">, text: string, work: Promise<T>): Promise<T> {
  const step = out.step(text, "late");
  try {
    return await work;
  } finally {
    step.done();
  }
}
