// One character of UTF-8 at a place in bytes, read strictly: no overlong forms, no surrogates, nothing beyond U+10FFFF. Pure.

/**
 * The character's length. Negative: so many bytes belong to a character that is cut off by the end. 0: the byte, or
 * the bytes that `badLength` counts, are no UTF-8.
 */
export function characterLength(bytes: Uint8Array, at: number): number {
  const wanted = sizeOf(bytes[at] ?? 0);
  if (wanted === 0) return 0;
  const good = goodBytes(bytes, at, wanted);
  if (good === wanted) return wanted;
  return at + good === bytes.length ? -good : 0;
}

/** How many bytes of a character that is none are replaced as one: those that could have begun one. */
export const badLength = (bytes: Uint8Array, at: number): number =>
  Math.max(1, goodBytes(bytes, at, sizeOf(bytes[at] ?? 0)));

function sizeOf(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

function goodBytes(bytes: Uint8Array, at: number, wanted: number): number {
  const first = bytes[at] ?? 0;
  let good = 1;
  for (; good < wanted; good++) {
    const next = bytes[at + good];
    if (next === undefined || next < 0x80 || next > 0xbf) break;
    if (good === 1 && !secondFits(first, next)) break;
  }
  return good;
}

function secondFits(first: number, second: number): boolean {
  if (first === 0xe0) return second >= 0xa0;
  if (first === 0xed) return second < 0xa0;
  if (first === 0xf0) return second >= 0x90;
  return first !== 0xf4 || second < 0x90;
}
