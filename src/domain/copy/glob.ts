// The last name of a pattern as a test for names: what the VM says that it matched is looked at again here. Pure.

export const isPattern = (path: string): boolean => /[*?[]/.test(path);

/**
 * Takes a name with one character per byte. A dot at its beginning must stand in the pattern, as shells have it; `*`
 * and `?` never match a slash. A bracket that does not close is itself.
 */
export function nameTest(pattern: string): (name: string) => boolean {
  const bytes = Buffer.from(pattern).toString("latin1");
  const between = [""];
  for (const [part] of bytes.matchAll(PART)) {
    if (part.startsWith("*")) between.push("");
    else between.push((between.pop() ?? "") + oneOf(part));
  }
  const wanted = new RegExp(`^${joined(between)}$`, "s");
  const dotted = /^\\?\./.test(bytes);
  return (name) => (dotted || !name.startsWith(".")) && wanted.test(name);
}

const PART = /\\.|\*+|\[[!^]?\]?[^\]]*\]|./gs;

/** What stands for one character, or for several as they are. */
function oneOf(part: string): string {
  if (part === "?") return "[^/]";
  if (part.length > 1 && part.startsWith("\\")) return escaped(part.slice(1));
  return part.length > 1 ? classOf(part) : escaped(part);
}

/**
 * The parts between the stars. Each but the last is taken where it comes first and never looked for again: the name is
 * the VM's, and one that nearly fits in many ways would take forever.
 */
function joined([first = "", ...later]: readonly string[]): string {
  const last = later.pop();
  if (last === undefined) return first;
  const middle = later.map((part, at) => `(?=([^/]*?${part}))\\${at + 1}`);
  return `${first}${middle.join("")}[^/]*${last}`;
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, "\\$&");

function classOf(part: string): string {
  const not = /^\[[!^]/.test(part);
  const inner = part.slice(not ? 2 : 1, -1).replaceAll(/[[\]\\^]/g, "\\$&");
  return `(?!/)[${not ? "^" : ""}${inner}]`;
}
