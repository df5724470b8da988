// What a file's bytes hold that nobody would see: controls of text direction, orders to a terminal. Pure.
import type { Change } from "./rule.ts";

const BINARY_LOOK = 8000;
/** UTF-8 of U+202A–202E and U+2066–2069, bytes one character each. */
const BIDI = /\xe2(?:\x80[\xaa-\xae]|\x81[\xa6-\xa9])/g;
/** ESC, and U+009B, which is ESC and a bracket to some terminals. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const ESCAPE = /\x1b|\xc2\x9b/g;

export interface Hidden {
  bidi: number;
  escape: number;
}

const FIRST_BYTES = [0x1b, 0xe2, 0xc2];
const NONE: Hidden = { bidi: 0, escape: 0 };

/** How much of it there is; nothing in a binary file, which nobody reads. */
export function hiddenIn(content: Buffer): Hidden {
  // Most files have none of these bytes, and that is seen at once.
  if (!FIRST_BYTES.some((one) => content.includes(one))) return NONE;
  if (content.subarray(0, BINARY_LOOK).includes(0)) return NONE;
  const bytes = content.toString("latin1");
  return { bidi: count(bytes, BIDI), escape: count(bytes, ESCAPE) };
}

const count = (bytes: string, pattern: RegExp): number => bytes.match(pattern)?.length ?? 0;

/** What the new content has more than each of the old ones; the direction of text before the terminal's. */
export function hiddenMore(now: Hidden, before: readonly Hidden[]): Change["hidden"] {
  const more = (kind: keyof Hidden) => now[kind] > Math.max(0, ...before.map((one) => one[kind]));
  if (more("bidi")) return "bidi";
  return more("escape") ? "escape" : undefined;
}
