// Help topics for a terminal of any width: paragraphs are wrapped, indented lines stay, "name | text" becomes columns. Pure.
import { widthOf } from "../../guard/width.ts";

const NARROWEST = 30;
/** Longer lines are hard to read. */
const WIDEST = 100;
/** Names longer than this stand on a line of their own. */
const LONGEST_NAME = 24;

/** Words in lines of at most so many columns; all but the first begin with `indent`, which counts beside them. */
export function wrapped(text: string, columns: number, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].join(`\n${indent}`);
}

/** Columns without which a text beside a name is no pleasure to read. */
export const LEAST_TEXT = 30;

/** Two columns; a name that is too long, or any in a narrow terminal, has its text below it. */
export function columnsOf(
  items: readonly (readonly [name: string, text: string])[],
  width: number,
  longest = LONGEST_NAME,
): string {
  const names = items.map(([name]) => widthOf(name)).filter((one) => one <= longest);
  const first = Math.max(0, ...names);
  const below = width < first + LEAST_TEXT;
  return items
    .map(([name, text]) => {
      if (below || widthOf(name) > first) return `  ${name}\n      ${wrapped(text, width - 6, "      ")}`;
      const indent = " ".repeat(first + 4);
      return `  ${name}${" ".repeat(first - widthOf(name))}  ${wrapped(text, width - first - 4, indent)}`;
    })
    .join("\n");
}

/** A topic's text for so many columns. */
export function renderTopic(text: string, columns: number): string {
  const width = Math.min(WIDEST, Math.max(NARROWEST, columns));
  return text
    .trim()
    .split(/\n\n+/)
    .map((block) => renderBlock(block.split("\n"), width))
    .join("\n\n");
}

function renderBlock(lines: readonly string[], width: number): string {
  if (lines.every((line) => line.includes(" | ") && !line.startsWith(" "))) {
    const items = lines.map((line) => line.split(" | ", 2) as [string, string]);
    return columnsOf(items, width);
  }
  const verbatim = lines.every((line) => line.startsWith("  "));
  if (!verbatim) return wrapped(lines.join(" "), width);
  return lines.map((line) => example(line, width)).join("\n");
}

/** "  command    what it does": the words below the command when both do not fit. */
export function example(line: string, width: number): string {
  const [, command = line, text = ""] = /^( {2}\S.*?) {2,}(?=[^ #])(.*)$/.exec(line) ?? [];
  if (text === "" || widthOf(line) <= width) return line;
  return `${command}\n      ${wrapped(text, width - 6, "      ")}`;
}
