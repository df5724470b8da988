// When a keeper that does not answer is given up: never one that is only slow.
import { expect, test } from "vitest";
import { isStuck, type Sign } from "../../../../src/domain/keeper/stuck.ts";

/** A look every two seconds. */
const looks = (count: number, sign: (at: number) => Omit<Sign, "at">): Sign[] =>
  Array.from({ length: count }, (_, at) => ({ at: at * 2000, ...sign(at) }));
const asleep = { sleeps: true, spent: "5 1" };

test("asleep without a moment's work for ten seconds it is stuck, not before", () => {
  expect(isStuck(looks(5, () => asleep))).toBe(false);
  expect(isStuck(looks(6, () => asleep))).toBe(true);
});

test.each<[string, (at: number) => Omit<Sign, "at">]>([
  ["that works a little", (at) => ({ sleeps: true, spent: String(at) })],
  ["that waits for a processor, or was stopped", () => ({ sleeps: false, spent: "5 1" })],
  ["that was at work just now", (at) => (at > 24 ? asleep : { sleeps: false, spent: "5 1" })],
])("one %s is waited for, a minute at the most", (_name, sign) => {
  expect(isStuck(looks(29, sign))).toBe(false);
  expect(isStuck(looks(31, sign))).toBe(true);
});

test("nothing seen is no proof", () => {
  expect(isStuck([])).toBe(false);
});
