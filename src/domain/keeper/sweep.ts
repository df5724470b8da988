// Which sessions have ended, from what the VM shows of them time after time. Pure.

/** A session that was told of but never seen is given up after so many looks: its start failed. */
const LOOKS_TO_APPEAR = 12;

export interface Sweep {
  /** It was there, as the command that ran it says: when the VM does not show it, it has ended. */
  appeared(id: string): void;
  /** Of the known sessions those that have ended, given the ones that live now. */
  ended(known: readonly string[], living: readonly string[]): string[];
}

export function createSweep(): Sweep {
  const seen = new Set<string>();
  const looks = new Map<string, number>();
  return {
    appeared: (id) => seen.add(id),
    ended: (known, living) =>
      known.filter((id) => {
        if (living.includes(id)) {
          seen.add(id);
          return false;
        }
        const count = (looks.get(id) ?? 0) + 1;
        looks.set(id, count);
        return seen.has(id) || count >= LOOKS_TO_APPEAR;
      }),
  };
}
