// Random numbers that a seed gives again, and what the steps pick with them.

export interface Random {
  /** 0 ≤ n < below. */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** One of the entries, each as often as its weight says. */
  weighted<T extends { weight: number }>(from: readonly T[]): T;
}

/** mulberry32: 32 bits of state are enough for the choices of one sequence. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const pick = <T>(from: readonly T[]): T => {
    const found = from[below(from.length)];
    if (found === undefined) throw new Error("nothing to pick from");
    return found;
  };
  return {
    below,
    pick,
    chance: (probability) => next() < probability,
    weighted: (from) => {
      let rest = next() * from.reduce((sum, one) => sum + one.weight, 0);
      for (const one of from) {
        rest -= one.weight;
        if (rest < 0) return one;
      }
      return pick(from);
    },
  };
}
