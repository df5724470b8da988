// Plain tables for terminals. Our own, because every width is known here already: a library that finds them out again took
// 50 ms of the processor for fifty rows, which take 2 here.
import { fitTo, widthOf } from "../guard/width.ts";

/**
 * Rows under a heading, without borders, as one string. `columns`: of the terminal, in which lines would wrap otherwise;
 * undefined where the answer goes into a file or a pipe, and nothing is cut.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns?: number,
): string {
  const all = [head, ...rows].map((row) => row.map((cell) => cell.split("\n")));
  const widths = head.map((_, at) => Math.max(...all.flatMap((row) => row[at] ?? []).map(widthOf)));
  const fitting = columns === undefined ? widths : fitted(widths, columns);
  return all.flatMap((row) => linesOf(row, fitting)).join("\n");
}

/** A row is as high as its highest cell. */
function linesOf(row: readonly (readonly string[])[], widths: readonly number[]): string[] {
  const height = Math.max(...row.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) =>
    widths
      .map((width, at) => fitTo(row[at]?.[line] ?? "", width))
      .join(" ".repeat(GAP))
      .trimEnd(),
  );
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
