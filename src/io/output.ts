// Where words go: answers on standard output, narration on standard error; in both known secrets are hidden and
// control characters made visible.
import { masked } from "../guard/mask.ts";
import { printable } from "../guard/sanitize.ts";

export interface Output {
  /** The answer a command was asked for. */
  answer(text: string): void;
  /** What is happening, one line. Silent under --quiet. */
  say(text: string): void;
  /** Something the user should know although the command goes on. */
  warn(text: string): void;
  /** A long step: on a terminal a line that is replaced and counts the seconds, elsewhere a plain line when it starts. */
  step(text: string): Step;
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
}

const SECOND = 1000;
const safe = (text: string) => printable(masked(text));
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
  let live = false;
  const clear = () => {
    if (live) stderr.write("\r\u001b[2K");
    live = false;
  };
  const line = (text: string) => {
    clear();
    stderr.write(`${safe(text)}\n`);
  };
  const replace = (words: string) => {
    clear();
    // Before it is cut: half a secret is one, too.
    stderr.write(cut(safe(words).replaceAll(/[\t\n]/g, " "), Math.max(20, options.columns - 1)));
    live = true;
  };

  return {
    answer: (text) => {
      clear();
      stdout.write(`${safe(text)}\n`);
    },
    say: (text) => {
      if (!quiet) line(text);
    },
    warn: (text) => line(`warning: ${text}`),
    detail: (text) => {
      if (options.verbose) line(text);
    },
    step: (text) => {
      const since = Date.now();
      let latest = "";
      const draw = () => {
        const age = Math.floor((Date.now() - since) / SECOND);
        replace(`… ${text}${age > 0 ? ` (${age} s)` : ""}${latest && `: ${latest}`}`);
      };
      const ticking = !quiet && terminal ? setInterval(draw, SECOND).unref() : undefined;
      if (!quiet) terminal ? draw() : line(`… ${text}`);
      const end = (mark: string, what: string) => {
        clearInterval(ticking);
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
