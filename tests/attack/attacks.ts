// An attack is played twice: with its guard off, where it must succeed, or it proves nothing; and with it on.
import { afterAll, expect, test } from "vitest";

export interface Attack {
  /** What stands in its way. */
  guard: string;
  /** True when the attack succeeded. */
  play(guarded: boolean): Promise<boolean>;
}

const rows: string[][] = [];

export function attack(name: string, { guard, play }: Attack): void {
  test(name, async () => {
    const off = await play(false);
    const on = await play(true);
    rows.push([name, guard, off ? "fired" : "nothing", on ? "FIRED" : "blocked"]);
    expect(off, "without its guard the attack must succeed").toBe(true);
    expect(on, "with its guard the attack must fail").toBe(false);
  });
}

/** Call it once in a file of attacks: what CI prints. */
export function printTable(): void {
  afterAll(() => {
    const table = [["attack", "guard", "off", "on"], ...rows];
    const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
    console.log(
      table
        .map((row) =>
          row
            .map((cell, at) => cell.padEnd(widths[at] ?? 0))
            .join("  ")
            .trimEnd(),
        )
        .join("\n"),
    );
  });
}
