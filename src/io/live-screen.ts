// A screen of our own on the user's terminal, drawn again and again, and given back as it was.
import { masked } from "../guard/mask.ts";
import { sanitize } from "../guard/sanitize.ts";
import { widthOf } from "../guard/width.ts";
import { takeScreen } from "./taken-screen.ts";

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
    giveBack();
  };
  process.on("exit", close);
  stdout.on("resize", resized);
  if (stdin.isTTY) {
    stdin.setRawMode(true);
    stdin.on("data", read).resume();
  }
  const giveBack = takeScreen();
  stdout.write(OPEN);
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  return {
    size,
    close,
    draw: (lines) => {
      const text = screenText(lines, colour, size().columns);
      if (!open || text === shown) return;
      shown = text;
      stdout.write(text);
    },
  };
}

/** A cursor's or page's key, or one character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what keys send
const KEY = /\u001b[[O][0-9;]*[A-Za-z~]|./gsu;

/**
 * The lines over what was there: nothing is erased before it is written anew, so that nothing flickers. After a line as
 * long as the terminal is wide the cursor stays on its last letter, which the erasing of a rest would take.
 */
export function screenText(lines: readonly ScreenLine[], colour: boolean, columns: number): string {
  const full = (line: ScreenLine): boolean =>
    line.reduce((sum, { text }) => sum + widthOf(safe(text)), 0) >= columns;
  const drawn = lines.map(
    (line) => line.map((piece) => paint(piece, colour)).join("") + (full(line) ? "" : `${ESC}[K`),
  );
  const last = lines.at(-1);
  return `${ESC}[H${drawn.join("\r\n")}${last && full(last) ? "" : `${ESC}[J`}`;
}

const safe = (text: string): string => sanitize(masked(text), Number.POSITIVE_INFINITY);

const paint = ({ text, tone = "plain" }: ScreenLine[number], colour: boolean): string =>
  colour && CODES[tone] !== "" ? `${ESC}[${CODES[tone]}m${safe(text)}${ESC}[0m` : safe(text);

/** On the terminal that narration goes to, or nowhere. */
export function ringBell(): void {
  if (process.stderr.isTTY) process.stderr.write("\u0007");
}
