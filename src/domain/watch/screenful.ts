// As much of a view as fits into a terminal, and what a key does to it. Pure.
import { cutTo, widthOf } from "../../guard/width.ts";
import type { ScreenLine } from "../../io/live-screen.ts";
import type { View } from "./status-view.ts";

export interface Screenful {
  lines: ScreenLine[];
  /** Rows of the table that are above the first one shown. */
  offset: number;
  /** Rows that fit. */
  page: number;
}

/** The last line says what is above and below. */
export function screenful(
  { head, table, below = [] }: View,
  { columns, rows }: { columns: number; rows: number },
  wanted: number,
): Screenful {
  const [heading, ...own] = table;
  const body = [...own, ...apart(below)];
  const fixed = [...head, ...(heading ? [[], heading] : [])].slice(0, Math.max(0, rows - 2));
  const page = Math.max(0, rows - fixed.length - 1);
  const offset = Math.max(0, Math.min(wanted, body.length - page));
  const shown = body.slice(offset, offset + page);
  const left = body.length - offset - shown.length;
  const more = [offset > 0 ? `↑ ${offset} more` : "", left > 0 ? `↓ ${left} more` : ""].filter(Boolean);
  const foot: ScreenLine = [{ text: [...more, "q leaves"].join("   "), tone: "dim" }];
  const blank = Array.from({ length: Math.max(0, page - shown.length) }, (): ScreenLine => []);
  return { lines: [...fixed, ...shown, ...blank, foot].map((line) => cutLine(line, columns)), offset, page };
}

/** With a blank line before it. */
const apart = (lines: readonly ScreenLine[]): ScreenLine[] => (lines.length > 0 ? [[], ...lines] : []);

function cutLine(line: ScreenLine, columns: number): ScreenLine {
  let left = columns;
  return line.map((piece) => {
    const text = cutTo(piece.text, Math.max(0, left));
    left -= widthOf(piece.text);
    return { ...piece, text };
  });
}

const ESC = "\u001b";
/** Rows that a key moves by: in rows, or in pages. */
const KEYS: Record<string, [rows: number, pages: number]> = {
  [`${ESC}[A`]: [-1, 0],
  [`${ESC}OA`]: [-1, 0],
  k: [-1, 0],
  [`${ESC}[B`]: [1, 0],
  [`${ESC}OB`]: [1, 0],
  j: [1, 0],
  [`${ESC}[5~`]: [0, -1],
  [`${ESC}[6~`]: [0, 1],
  " ": [0, 1],
  g: [Number.NEGATIVE_INFINITY, 0],
  G: [Number.MAX_SAFE_INTEGER, 0],
};

export type KeyMeaning = "leave" | "interrupt" | { rows: number } | undefined;

export function keyMeaning(key: string, page: number): KeyMeaning {
  if (key === "q") return "leave";
  if (key === "\u0003") return "interrupt";
  const [rows, pages] = KEYS[key] ?? [0, 0];
  return rows === 0 && pages === 0 ? undefined : { rows: rows + pages * Math.max(1, page - 1) };
}

/** For where no terminal is: the whole view as text. */
export const viewText = ({ head, table, below = [] }: View): string =>
  [...head, ...table, ...apart(below)]
    .map((line) =>
      line
        .map(({ text }) => text)
        .join("")
        .trimEnd(),
    )
    .join("\n");
