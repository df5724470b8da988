// The name that somebody may have meant. Pure.

/** Names of one or two letters are too short to be told from one another. */
const SHORTEST = 3;

/** The known names a few slips away from what was typed; the nearest alone. */
export function nearest(typed: string, known: Iterable<string>): string[] {
  const most = typed.length < SHORTEST ? 0 : Math.max(1, Math.min(3, Math.floor(typed.length / 3)));
  const others = new Set(known);
  others.delete(typed);
  const found = [...others].map((name) => ({ name, slips: slips(typed, name, most) }));
  const least = Math.min(most, ...found.map((one) => one.slips));
  return found.filter((one) => one.slips === least).map(({ name }) => name);
}

/** Letters to add, drop, change, or swap with the next one; more than `most` is told as that and one. */
function slips(one: string, other: string, most: number): number {
  const a = [...one.toLowerCase()];
  const b = [...other.toLowerCase()];
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let last = b.map((_, at) => at).concat(b.length);
  for (const [row, letter] of a.entries()) {
    const now = [row + 1];
    for (const [column, wanted] of b.entries()) {
      const same = letter === wanted ? 0 : 1;
      const swapped = row > 0 && column > 0 && letter === b[column - 1] && a[row - 1] === wanted;
      now.push(
        Math.min(
          (now[column] ?? 0) + 1,
          (last[column + 1] ?? 0) + 1,
          (last[column] ?? 0) + same,
          swapped ? (before[column - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = last;
    last = now;
  }
  return last.at(-1) ?? 0;
}
