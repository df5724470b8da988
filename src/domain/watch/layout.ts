// A table in as many columns as a terminal has: cells are cut, then what matters least is left out. Pure.
import { cutTo, fitTo, widthOf } from "../../guard/width.ts";
import type { ScreenLine, Tone } from "../../io/live-screen.ts";

export interface Cell {
  /** Cleaned. */
  text: string;
  tone?: Tone;
}

export interface Column {
  head: string;
  cells: readonly Cell[];
  /** Narrower than that it says nothing. */
  least: number;
  /** Wider than that it is never, so that one long cell does not take the others' room. */
  most?: number;
  /** Numbers are read from their ends. */
  right?: boolean;
  /** May be left out; the last such column goes first. */
  optional?: boolean;
}

const GAP = 2;

/** The heading, then a line for each row; none is longer than `width`. */
export function layOut(columns: readonly Column[], width: number): ScreenLine[] {
  const { shown, widths } = fitted(columns, width);
  const rows = Math.max(0, ...shown.map((column) => column.cells.length));
  const line = (cell: (column: Column) => Cell): ScreenLine =>
    shown.map((column, at) => {
      const { text, tone } = cell(column);
      const last = at === shown.length - 1 && !column.right;
      const room = widths[at] ?? 0;
      const fit = last ? cutTo(text, room) : fitTo(text, room, column.right);
      return { text: at === 0 ? fit : " ".repeat(GAP) + fit, ...(tone !== undefined && { tone }) };
    });
  return [
    line(({ head }) => ({ text: head, tone: "dim" })),
    ...Array.from({ length: rows }, (_, row) => line(({ cells }) => cells[row] ?? { text: "" })),
  ];
}

function fitted(columns: readonly Column[], width: number): { shown: readonly Column[]; widths: number[] } {
  const natural = columns.map(({ head, cells, most = width }) =>
    Math.min(most, Math.max(widthOf(head), ...cells.map(({ text }) => widthOf(text)))),
  );
  const widths = [...natural];
  let over = widths.reduce((sum, one) => sum + one, GAP * (columns.length - 1)) - width;
  for (; over > 0; over -= 1) {
    const spare = widths.map((one, at) => one - (columns[at]?.least ?? 0));
    const most = spare.indexOf(Math.max(...spare));
    if ((spare[most] ?? 0) <= 0) break;
    widths[most] = (widths[most] ?? 0) - 1;
  }
  const drop = columns.findLastIndex((column) => column.optional);
  if (over > 0 && drop >= 0) return fitted(columns.toSpliced(drop, 1), width);
  return over > 0 ? cutOff(columns, widths, width) : { shown: columns, widths };
}

/** A terminal too narrow for what is left: the first columns, as far as they go. */
function cutOff(columns: readonly Column[], widths: readonly number[], width: number) {
  let left = width + GAP;
  const room = widths.map((one) => {
    const here = Math.max(0, Math.min(one, left - GAP));
    left -= here + GAP;
    return here;
  });
  const count = room.indexOf(0);
  const shown = count < 0 ? columns : columns.slice(0, count);
  return { shown, widths: room };
}
