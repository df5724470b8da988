// When a process that does not answer is given up. Pure.

/** One look at it, after a question that it did not answer in time. */
export interface Sign {
  /** Milliseconds since the first question. */
  at: number;
  /** It waits for something: neither at work, nor kept from it, nor stopped by somebody. */
  sleeps: boolean;
  /** The processor time that it has had, to compare. */
  spent: string;
}

/** Asleep all the time, without a moment's work: one that could answer would have been woken by the question. */
const ASLEEP = 10_000;
/** At work, kept from it by others, or stopped: nobody waits longer than this. */
const LIMIT = 60_000;

/** The signs in their order. */
export function isStuck(signs: readonly Sign[]): boolean {
  const last = signs.at(-1);
  if (last === undefined) return false;
  if (last.at >= LIMIT) return true;
  const busy = signs.findLastIndex(({ sleeps, spent }) => !sleeps || spent !== last.spent);
  const first = signs[busy + 1];
  return first !== undefined && last.at - first.at >= ASLEEP;
}
