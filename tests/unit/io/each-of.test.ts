// The same work for many: a few at once, results in order, nothing new after a failure.
import { expect, test } from "vitest";
import { eachOf } from "../../../src/io/each-of.ts";

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

test("few are at work at once, and their results come in the order of the items", async () => {
  let now = 0;
  let most = 0;
  const results = await eachOf(
    Array.from({ length: 20 }, (_, at) => at),
    async (item) => {
      most = Math.max(most, ++now);
      for (let turn = 0; turn < (item % 3) + 1; turn++) await soon();
      now -= 1;
      return item * 2;
    },
  );
  expect(results).toEqual(Array.from({ length: 20 }, (_, at) => at * 2));
  expect(most).toBe(4);
  expect(await eachOf([], async () => 1)).toEqual([]);
});

test("after a failure nothing new is begun", async () => {
  const begun: number[] = [];
  const work = eachOf([0, 1, 2, 3, 4, 5, 6, 7], async (item) => {
    begun.push(item);
    await soon();
    if (item === 0) throw new Error("no");
    await soon();
  });
  await expect(work).rejects.toThrow("no");
  for (let turn = 0; turn < 10; turn++) await soon();
  expect(begun).toEqual([0, 1, 2, 3]);
});
