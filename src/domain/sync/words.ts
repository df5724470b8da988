// Lists of names in messages: cleaned, capped, one a line. Pure.
import { sanitize } from "../../guard/sanitize.ts";

const MAX_NAMES = 10;

/** The first names, each as a cleaned line behind `label`, then how many more there are. */
export function nameLines(label: string, names: readonly string[], max = MAX_NAMES): string[] {
  const shown = names.slice(0, max).map((name) => `${label}: ${sanitize(name)}`);
  const more = names.length - shown.length;
  return more > 0 ? [...shown, `${label}: … and ${more} more`] : shown;
}

export const short = (oid: string): string => oid.slice(0, 10);

export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;
