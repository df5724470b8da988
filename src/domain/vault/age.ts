// Ages as people type them: 12h, 30d, 4w. Pure.
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";

const HOUR = 3_600_000;
const UNITS: Record<string, number> = { h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR };

/** Milliseconds. Throws UserError (2) for anything else than a number and h, d or w. */
export function parseAge(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const length = UNITS[unit];
  if (length !== undefined) return Number(count) * length;
  throw new UserError(`"${sanitize(text)}" is not an age.`, {
    hint: "Give a number of hours, days or weeks: 12h, 30d, 4w",
    exit: EXIT.usage,
  });
}
