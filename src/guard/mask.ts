// Hides values that must not be seen in what we print and log. One set for the whole process: a secret is one everywhere.

/** Shorter values are words that stand in any text. */
const SHORTEST = 8;
const HIDDEN = "***";

const secrets = new Set<string>();
let longestFirst: string[] = [];

/** From now on `masked` hides these values; those under 8 characters are left out. */
export function rememberSecrets(values: Iterable<string>): void {
  for (const value of values) if (value.length >= SHORTEST) secrets.add(value);
  longestFirst = [...secrets].sort((one, other) => other.length - one.length);
}

/** The text with every known secret replaced by ***. */
export const masked = (text: string): string =>
  longestFirst.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);

/** For bytes that come in pieces: gives what can be shown, and holds back an end that a secret may begin with. */
export function pieceMask(): (bytes: Uint8Array) => Uint8Array {
  let held = "";
  return (bytes) => {
    if (secrets.size === 0) return bytes;
    // Every byte as one character, so that what is no text stays as it is.
    const words = longestFirst.map((secret) => Buffer.from(secret).toString("latin1"));
    const text = words.reduce(
      (rest, word) => rest.replaceAll(word, HIDDEN),
      held + Buffer.from(bytes).toString("latin1"),
    );
    const keep = Math.max(...words.map((word) => begun(text, word)));
    held = text.slice(text.length - keep);
    return Buffer.from(text.slice(0, text.length - keep), "latin1");
  };
}

/** How many characters at the end of the text are the beginning of the word. */
function begun(text: string, word: string): number {
  for (let length = Math.min(word.length - 1, text.length); length > 0; length--)
    if (text.endsWith(word.slice(0, length))) return length;
  return 0;
}
