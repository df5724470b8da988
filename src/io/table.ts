// Plain tables for terminals. The only importer of cli-table3.
import { cutTo, widthOf } from "../guard/width.ts";

/**
 * Rows under a heading, without borders, as one string. `columns`: of the terminal, in which lines would wrap otherwise;
 * undefined where the answer goes into a file or a pipe, and nothing is cut.
 */
export async function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns?: number,
): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const none = { chars: Object.fromEntries(BORDERS.map((name) => [name, ""])) };
  const widest = (cell: string) => Math.max(...cell.split("\n").map(widthOf));
  const widths = head.map((name, at) => Math.max(widthOf(name), ...rows.map((row) => widest(row[at] ?? ""))));
  const fitting = columns === undefined ? widths : fitted(widths, columns);
  const cut = (cell: string, width: number) =>
    cell
      .split("\n")
      .map((line) => cutTo(line, width))
      .join("\n");
  const cells = (row: readonly string[]) => row.map((cell, at) => cut(cell, fitting[at] ?? 0));
  const drawn = new Table({
    head: cells(head),
    ...none,
    style: { head: [], border: [], "padding-left": 0, "padding-right": GAP },
  });
  for (const row of rows) drawn.push(cells(row));
  return drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const GAP = 2;
/** A cell of fewer columns says nothing any more. */
const LEAST = 6;

/** The widest columns give what is too much, down to LEAST; the first one, which is typed in commands, nothing. */
export function fitted(widths: readonly number[], columns: number): number[] {
  const [first = 0, ...others] = widths;
  const room = columns - first - GAP * others.length;
  for (let over = others.reduce((sum, width) => sum + width, 0) - room; over > 0; over--) {
    const most = Math.max(...others);
    if (most <= LEAST) break;
    others[others.indexOf(most)] = most - 1;
  }
  return [first, ...others];
}

const BORDERS = [
  "top",
  "top-mid",
  "top-left",
  "top-right",
  "bottom",
  "bottom-mid",
  "bottom-left",
  "bottom-right",
  "left",
  "left-mid",
  "mid",
  "mid-mid",
  "right",
  "right-mid",
  "middle",
] as const;
