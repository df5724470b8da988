// A screen of our own on the user's terminal, drawn again and again, and given back as it was.
import { masked } from "../guard/mask.ts";
import { sanitize } from "../guard/sanitize.ts";

export type Tone = "plain" | "dim" | "bold" | "good" | "attention" | "bad";

/** One line of a screen; its pieces hold no control characters, or they are made visible. */
export type ScreenLine = readonly { text: string; tone?: Tone }[];

export interface LiveScreen {
  /** Draws the lines from the top, unless they are what is shown. */
  draw(lines: readonly ScreenLine[]): void;
  size(): { columns: number; rows: number };
  /** Gives the terminal back. Safe to call twice. */
  close(): void;
}

export interface LiveScreenOptions {
  colour: boolean;
  /** One key or sequence of a key, as the terminal sends it. */
  onKey(key: string): void;
  onResize(): void;
}

const ESC = "\u001b";
const CODES: Record<Tone, string> = {
  plain: "",
  dim: "2",
  bold: "1",
  good: "32",
  attention: "1;33",
  bad: "1;31",
};
const OPEN = `${ESC}[?1049h${ESC}[?25l${ESC}[?7l`;
const CLOSE = `${ESC}[?7h${ESC}[?25h${ESC}[?1049l`;

/** Keys come from standard input when that is a terminal. */
export function openLiveScreen({ colour, onKey, onResize }: LiveScreenOptions): LiveScreen {
  const { stdout, stdin } = process;
  let shown = "";
  let open = true;
  const read = (bytes: Buffer) => {
    for (const [key] of bytes.toString("utf8").matchAll(KEY)) onKey(key);
  };
  const resized = () => {
    shown = "";
    onResize();
  };
  const close = () => {
    if (!open) return;
    open = false;
    process.off("exit", close);
    stdout.off("resize", resized);
    if (stdin.isTTY) {
      stdin.off("data", read).pause();
      stdin.setRawMode(false);
    }
    stdout.write(CLOSE);
  };
  process.on("exit", close);
  stdout.on("resize", resized);
  if (stdin.isTTY) {
    stdin.setRawMode(true);
    stdin.on("data", read).resume();
  }
  stdout.write(OPEN);
  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    close,
    draw: (lines) => {
      const text = screenText(lines, colour);
      if (!open || text === shown) return;
      shown = text;
      stdout.write(text);
    },
  };
}

/** A cursor's or page's key, or one character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what keys send
const KEY = /\u001b[[O][0-9;]*[A-Za-z~]|./gsu;

/** The lines over what was there: nothing is erased before it is written anew, so that nothing flickers. */
export function screenText(lines: readonly ScreenLine[], colour: boolean): string {
  const drawn = lines.map((line) => `${line.map((piece) => paint(piece, colour)).join("")}${ESC}[K`);
  return `${ESC}[H${drawn.join("\r\n")}${ESC}[J`;
}

function paint({ text, tone = "plain" }: ScreenLine[number], colour: boolean): string {
  const safe = sanitize(masked(text), Number.POSITIVE_INFINITY);
  return colour && CODES[tone] !== "" ? `${ESC}[${CODES[tone]}m${safe}${ESC}[0m` : safe;
}

/** On the terminal that narration goes to, or nowhere. */
export function ringBell(): void {
  if (process.stderr.isTTY) process.stderr.write("\u0007");
}
