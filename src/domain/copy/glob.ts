// The last name of a pattern as a test for names: what the VM says that it matched is looked at again here. Pure.

export const isPattern = (path: string): boolean => /[*?[]/.test(path);

/**
 * Takes a name with one character per byte. A dot at its beginning must stand in the pattern, as shells have it; `*`
 * and `?` never match a slash. A bracket that does not close is itself.
 */
export function nameTest(pattern: string): (name: string) => boolean {
  const bytes = Buffer.from(pattern).toString("latin1");
  const source = bytes.replace(PART, (part) => {
    if (part.startsWith("*")) return "[^/]*?";
    if (part === "?") return "[^/]";
    if (part.length > 1 && part.startsWith("\\")) return escaped(part.slice(1));
    return part.length > 1 ? classOf(part) : escaped(part);
  });
  const wanted = new RegExp(`^(?:${source})$`, "s");
  const dotted = /^\\?\./.test(bytes);
  return (name) => (dotted || !name.startsWith(".")) && wanted.test(name);
}

const PART = /\\.|\*+|\[[!^]?\]?[^\]]*\]|./gs;

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, "\\$&");

function classOf(part: string): string {
  const not = /^\[[!^]/.test(part);
  const inner = part.slice(not ? 2 : 1, -1).replaceAll(/[[\]\\^]/g, "\\$&");
  return `(?!/)[${not ? "^" : ""}${inner}]`;
}
