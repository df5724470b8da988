// How many columns of a terminal a text takes, and texts that take so many. Pure.

const NONE = /^(?:\p{Mn}|\p{Me}|\u200d)$/u;
const TWO =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]$/u;
const FIRST_OTHER = 0x300;

function columnsOf(character: string): number {
  if ((character.codePointAt(0) ?? 0) < FIRST_OTHER) return 1;
  if (NONE.test(character)) return 0;
  return TWO.test(character) ? 2 : 1;
}

export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** The text, or its beginning and "…", in at most so many columns. */
export function cutTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let used = 1;
  let kept = "";
  for (const character of text) {
    used += columnsOf(character);
    if (used > columns) break;
    kept += character;
  }
  return columns < 1 ? "" : `${kept}…`;
}

/** Cut, or filled with spaces at its end or (`right`) beginning. */
export function fitTo(text: string, columns: number, right = false): string {
  const short = cutTo(text, columns);
  const space = " ".repeat(Math.max(0, columns - widthOf(short)));
  return right ? space + short : short + space;
}
