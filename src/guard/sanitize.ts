// Makes bytes that came from the VM (or any child program) safe to show on the user's terminal. Pure.

const MAX_LENGTH = 200;

// C0 and DEL, C1, line and paragraph separators, annotations, and all that is not seen: bidi controls, zero-width,
// soft hyphens, fillers, tags. Not the two that choose between an emoji and its plain form.
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufff9-\ufffb]|(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}/gu;

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
  if (code === 0x7f) return "^?";
  if (code < 0xa0) return `\\x${code.toString(16)}`;
  return `\\u{${code.toString(16)}}`;
}

/**
 * One line of foreign text made visible: control characters, bidi overrides and what is not seen become
 * their names, and a line over `max` characters is cut (facts: security, rule 4a).
 */
export function sanitize(text: string, max = MAX_LENGTH): string {
  const clean = text.replace(UNSAFE, visible);
  // Never half of a surrogate pair.
  return clean.length > max ? `${clean.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…` : clean;
}

/** Foreign text of many lines: split first, so that a line break cannot forge a line of ours. A tab is kept as a space. */
export function sanitizeLines(text: string, max = MAX_LENGTH): string[] {
  return text
    .split(/\r?\n|\r/)
    .map((line) => sanitize(line.replaceAll("\t", " ").trimEnd(), max))
    .filter((line) => line !== "");
}

/** The last look at a text of ours before it is printed: whatever came into it unseen is made visible; lines stay. */
export const printable = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.replace(UNSAFE, (character) => (character === "\t" ? character : visible(character))))
    .join("\n");

/** JSON that says the same and holds no character that steers a terminal: JSON itself leaves DEL, C1 and bidi as they are. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value, null, 2)
    .split("\n")
    .map((line) => line.replace(UNSAFE, escaped))
    .join("\n");

/** The same on one line, for streams. */
export const jsonLine = (value: unknown): string => JSON.stringify(value).replace(UNSAFE, escaped);

/** Each half of a surrogate pair for itself, as JSON has it. */
const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
