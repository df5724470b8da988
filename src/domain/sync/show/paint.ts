// Lines of a diff for the eye: cleaned of control characters, tabs kept, coloured by what they are. Pure.
import { sanitize } from "../../../guard/sanitize.ts";

/** Foreign text as it may be shown, whole: tabs stay tabs, nothing is cut. */
export const cleanLine = (text: string): string =>
  text
    .split("\t")
    .map((part) => sanitize(part, Number.POSITIVE_INFINITY))
    .join("\t");

const STYLES = { bold: 1, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export const styled = (style: keyof typeof STYLES, text: string): string =>
  text === "" ? "" : `\u001b[${STYLES[style]}m${text}\u001b[m`;

const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;
const GRAPH = /^( .* \| +\d+ )(\+*)(-*)$/;

/**
 * A function that paints one line of git's diff after the other. It counts the lines of each hunk, because a removed
 * "-- x" looks like a header. Without colour it only cleans.
 */
export function painter(colour: boolean): (line: string) => string {
  let [old, now] = [0, 0];
  return (line) => {
    const text = cleanLine(line);
    if (!colour) return text;
    if (old > 0 || now > 0) {
      const kind = line[0];
      if (kind !== "+" && kind !== "\\") old -= 1;
      if (kind !== "-" && kind !== "\\") now -= 1;
      if (kind === "+") return styled("green", text);
      return kind === "-" ? styled("red", text) : text;
    }
    const hunk = HUNK.exec(line);
    if (hunk) {
      [old, now] = [Number(hunk[1] ?? 1), Number(hunk[2] ?? 1)];
      const end = text.indexOf("@@", 2) + 2;
      return styled("cyan", text.slice(0, end)) + text.slice(end);
    }
    const graph = GRAPH.exec(text);
    if (graph) return `${graph[1]}${styled("green", graph[2] ?? "")}${styled("red", graph[3] ?? "")}`;
    return /^[a-zA-Z+-]/.test(text) ? styled("bold", text) : text;
  };
}
