// What somebody who mistyped a word may have meant. Pure.

/** Letters that were left out, put in, changed, or swapped with their neighbour. */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  const cell = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= one.length; row++) {
    const line = [row];
    rows.push(line);
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1] ? 0 : 1;
      const swapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      line.push(
        Math.min(
          cell(row - 1, column) + 1,
          cell(row, column - 1) + 1,
          cell(row - 1, column - 1) + same,
          ...(swapped ? [cell(row - 2, column - 2) + 1] : []),
        ),
      );
    }
  }
  return cell(one.length, other.length);
}

/** The known word that is nearest, when it is near enough to be meant; capitals, "-" and "_" make no difference. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll("-", "_").slice(0, 60);
  const [best] = known
    .map((name) => ({ name, far: distance(plain(word), plain(name)) }))
    .sort((one, other) => one.far - other.far);
  return best !== undefined && best.far <= Math.max(1, Math.floor(best.name.length / 3))
    ? best.name
    : undefined;
}
