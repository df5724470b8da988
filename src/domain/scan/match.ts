// Finds secrets in a text by the rules, window by window, so that its caller can look at the clock. Pure.
import { type Level, RULES, type Rule } from "./rules.ts";

/** What was found in one text. */
export interface Match {
  rule: string;
  level: Level;
  /** Whole; for nobody to show or keep. */
  value: string;
  /** From 1. */
  line: number;
}

const WINDOW = 1024 * 1024;
/** Longer than anything that a rule finds. */
const OVERLAP = 8 * 1024;

export interface Text {
  text: string;
  /** It was UTF-16. */
  wide: boolean;
  binary: boolean;
}

/** Bytes as text, one character each: the rules are about ASCII. UTF-16 is read as what it is. */
export function textIn(bytes: Buffer): Text {
  const zero = bytes.indexOf(0);
  const marked = bytes[0] === 0xff || bytes[0] === 0xfe;
  if (zero < 0 && !marked) return { text: bytes.toString("latin1"), wide: false, binary: false };
  const order = wideOrder(bytes);
  if (order === undefined) return { text: bytes.toString("latin1"), wide: false, binary: zero >= 0 };
  const even = bytes.subarray(0, bytes.length & ~1);
  const little = order === "little" ? even : Buffer.from(even).swap16();
  return { text: little.toString("utf16le"), wide: true, binary: false };
}

const LOOK = 4096;
/** Of the characters of a text that has no mark, those that are ASCII at least. */
const MOSTLY = 0.9;

/** By its mark, or because nearly every second byte is zero and the others are not. */
function wideOrder(bytes: Buffer): "little" | "big" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "little";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "big";
  const look = bytes.subarray(0, LOOK & ~1);
  const zeros = [0, 0];
  look.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  });
  const [first = 0, second = 0] = zeros.map((count) => (2 * count) / look.length);
  if (second >= MOSTLY && first <= 1 - MOSTLY) return "little";
  return first >= MOSTLY && second <= 1 - MOSTLY ? "big" : undefined;
}

/**
 * Every match, in windows of a megabyte that overlap; `between` is called before each. In a binary file only what has
 * a shape of its own is looked for.
 */
export function findSecrets(bytes: Buffer, between: () => void = () => undefined): Match[] {
  const { text, binary } = textIn(bytes);
  const found: Match[] = [];
  for (let at = 0; at < text.length; at += WINDOW) {
    between();
    const window = text.length > WINDOW ? text.slice(at, at + WINDOW + OVERLAP) : text;
    const rules = candidates(window).filter((rule) => !(binary && rule.textOnly));
    if (rules.length === 0) continue;
    const hits = rules.flatMap((rule) => matchesOf(rule, window));
    // What begins in the overlap belongs to the next window.
    const own = hits.filter((hit) => hit.index < WINDOW).sort((one, other) => one.index - other.index);
    for (const match of withLines(text, at, own)) found.push(match);
  }
  return found;
}

function candidates(window: string): Rule[] {
  const small = window.toLowerCase();
  return RULES.filter((rule) => rule.words.some((word) => small.includes(word)));
}

interface Hit extends Omit<Match, "line"> {
  index: number;
}

function matchesOf(rule: Rule, window: string): Hit[] {
  return [...window.matchAll(rule.pattern)].flatMap((match) => {
    const value = match.groups?.["value"] ?? match[0];
    const bits = entropyOf(value);
    if (bits < (rule.entropy ?? 0) || rule.not?.test(value)) return [];
    const weak = rule.strong !== undefined && (bits < rule.strong || !isMixed(value));
    const level: Level = weak ? "low" : rule.level;
    return [{ rule: rule.id, level, value, index: match.index }];
  });
}

const isMixed = (value: string): boolean => /\d/.test(value) && /[A-Za-z]/.test(value);

function withLines(text: string, base: number, hits: readonly Hit[]): Match[] {
  let line = 1;
  let counted = 0;
  return hits.map(({ index, ...match }) => {
    for (let next = text.indexOf("\n", counted); next >= 0 && next < base + index; ) {
      line += 1;
      counted = next + 1;
      next = text.indexOf("\n", counted);
    }
    return { ...match, line };
  });
}

/** Shannon's entropy in bits a character: 0 for "aaaa", about 4.5 for 30 random characters. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
