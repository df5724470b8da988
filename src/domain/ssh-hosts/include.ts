// The one line of ours in the user's ssh configuration, as bytes: put in, taken out, nothing else moved. Pure.

/** Where the line stands: what is above it counts before it, and below a Host or Match line it is that block's alone. */
export type Place = "missing" | "effective" | "too late";

/** Each line with its end, so that they make up the text again. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const bare = (line: string): string => line.replace(/\r?\n$/, "");
const isOurs = (line: string, include: string): boolean => bare(line).trimEnd() === include;
/** Nothing that ssh takes for an option of ours before we say it: nothing, a remark, another file. */
const MAY_STAND_ABOVE = /^\s*(?:#|include\b|$)/i;

export function placeOf(text: string, include: string): Place {
  const lines = linesOf(text);
  const at = lines.findIndex((line) => isOurs(line, include));
  if (at < 0) return "missing";
  return lines.slice(0, at).every((line) => MAY_STAND_ABOVE.test(bare(line))) ? "effective" : "too late";
}

/**
 * The text with the line as its first, ended as its lines are. `undefined`: there is no file. Only in an empty file a
 * blank follows it, so that taking it out again tells the two apart.
 */
export function withInclude(text: string | undefined, include: string): string {
  if (text === undefined) return `${include}\n`;
  if (text === "") return `${include} \n`;
  const end = /^[^\n]*\r\n/.test(text) ? "\r\n" : "\n";
  return `${include}${end}${text}`;
}

/** The text as it was without the line; undefined when there was no file. */
export function withoutInclude(text: string, include: string): string | undefined {
  if (text === `${include}\n`) return undefined;
  return linesOf(text)
    .filter((line) => !isOurs(line, include))
    .join("");
}

const CONTEXT = 3;

/** The change as a patch shows it. */
export function difference(file: string, before: string | undefined, after: string | undefined): string {
  const [old, now] = [before ?? "", after ?? ""].map((text) => linesOf(text).map(bare)) as [
    string[],
    string[],
  ];
  const grown = now.length > old.length;
  const [more, less] = grown ? [now, old] : [old, now];
  const same = more.findIndex((line, index) => line !== less[index]);
  const at = same < 0 ? less.length : same;
  const from = Math.max(0, at - CONTEXT);
  const above = less.slice(from, at);
  const below = less.slice(at, at + CONTEXT);
  const range = (lines: readonly string[]) => {
    const count = above.length + below.length + lines.length - less.length;
    return `${count === 0 ? from : from + 1},${count}`;
  };
  return [
    `--- ${before === undefined ? "/dev/null" : file}`,
    `+++ ${after === undefined ? "/dev/null" : file}`,
    `@@ -${range(old)} +${range(now)} @@`,
    ...above.map((line) => ` ${line}`),
    `${grown ? "+" : "-"}${more[at]}`,
    ...below.map((line) => ` ${line}`),
  ].join("\n");
}
