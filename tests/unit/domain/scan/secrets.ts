// Secrets that are none: made when a test runs, so that no scanner of this repository's own finds them in the files.

const SEVERAL = 0x9e3779b9;

/** `length` characters of the alphabet that look random and are the same each time. */
export function noise(length: number, alphabet: string, seed = 1): string {
  let state = (seed * SEVERAL) >>> 0;
  let text = "";
  while (text.length < length) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    text += alphabet[(state >>> 8) % alphabet.length];
  }
  return text;
}

export const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
export const LOWER = UPPER.toLowerCase();
export const DIGITS = "0123456789";
export const HEX = `${DIGITS}abcdef`;
export const ALNUM = `${UPPER}${LOWER}${DIGITS}`;
export const BASE64 = `${ALNUM}+/`;

export const githubToken = (seed = 1): string => `ghp${"_"}${noise(36, ALNUM, seed)}`;

export function privateKey(kind = "RSA ", seed = 1): string {
  const body = Array.from({ length: 12 }, (_, index) => noise(64, BASE64, seed + index));
  return [
    `-----BEGIN ${kind}PRIVATE${" "}KEY-----`,
    ...body,
    `-----END ${kind}PRIVATE${" "}KEY-----`,
    "",
  ].join("\n");
}
