// An attack is played twice: with its guard off, where it must succeed, or it proves nothing; and with it on.
// `npm test` collects what came of it and prints one table.
import { expect, test } from "vitest";

export interface Attack {
  /** What stands in its way. */
  guard: string;
  /** True when the attack succeeded. */
  play(guarded: boolean): Promise<boolean>;
}

declare module "vitest" {
  interface TaskMeta {
    attack?: { guard: string; off: boolean; on: boolean };
  }
}

export function attack(name: string, { guard, play }: Attack): void {
  test(name, async ({ task }) => {
    const off = await play(false);
    const on = await play(true);
    task.meta.attack = { guard, off, on };
    expect(off, "without its guard the attack must succeed").toBe(true);
    expect(on, "with its guard the attack must fail").toBe(false);
  });
}
