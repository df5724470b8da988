// What was fetched before is kept: the newest twenty whatever their age, and all that are younger than thirty days.
import { expect, test } from "vitest";
import { expired, goneWith } from "../../../../src/domain/vault/previous.ts";

const DAY = 24 * 60 * 60;
const NOW = 1_000 * DAY;
const kept = (count: number, ageInDays: number) =>
  Array.from({ length: count }, (_, index) => ({
    ref: `refs/previous/d/b/@${index}`,
    oid: "a".repeat(40),
    at: NOW - ageInDays * DAY - index,
  }));

test.each([
  ["twenty old ones", kept(20, 400), 0],
  ["a hundred young ones", kept(100, 29), 0],
  ["old ones beyond the newest twenty", kept(25, 31), 5],
  ["old ones behind twenty young ones", [...kept(20, 1), ...kept(3, 31)], 3],
])("%s", (_what, all, gone) => {
  const out = expired(all, NOW);
  expect(out.length).toBe(gone);
  for (const one of out) expect(one.at).toBeLessThan(NOW - 30 * DAY);
});

test("the newest stay in whatever order git names them", () => {
  const all = kept(25, 31);
  const oldest = all.slice(20).map(({ at }) => at);
  const out = expired([...all].reverse(), NOW).map(({ at }) => at);
  expect(out.sort()).toEqual(oldest.sort());
  expect(expired([...kept(20, 1), { ref: "r", oid: "o", at: NOW - 30 * DAY }], NOW)).toEqual([]);
});

test("one that is left behind again is as young as its last leaving", () => {
  const [first, ...others] = kept(3, 400);
  const again = { ref: "refs/previous/d/b/@1", oid: "b".repeat(40), at: NOW - 400 * DAY };
  expect(first).toBeDefined();
  expect(goneWith([...kept(25, 1), again], again.oid, NOW)).toEqual([again]);
  expect(goneWith(others, again.oid, NOW)).toEqual([]);
});
