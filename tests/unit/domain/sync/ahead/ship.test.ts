// What a guest says of what came ahead of a push: ids alone count, and only under their own names.
import { expect, test } from "vitest";
import { parseAhead } from "../../../../../src/domain/sync/ahead/ship.ts";

const [one, two, three] = ["a", "b", "c"].map((letter) => letter.repeat(40));
const said = (...words: string[]) => words.map((word) => `${word}\0`).join("");

test("a pack by half, the ends of a short history, what arrived, and what else is there", () => {
  const lines = [
    `shallow ${one}`,
    `${two} refs/agent-vm/arriving/${two}`,
    `${three} refs/heads/a b`,
    `${three} refs/agent-vm/arriving/${two}`,
  ];
  expect(parseAhead(said(one ?? "", "12", ...lines))).toEqual({
    ...{ half: { pack: one, bytes: 12 }, ends: [one], arrived: [two], named: [three, three] },
  });
});

test("what has no form of ours is left out", () => {
  const lines = ["shallow --all", "shallow", `-${one} refs/x`, "", `${one}${one} refs/y`];
  expect(parseAhead(said("../x", "12", ...lines))).toEqual({
    ...{ half: undefined, ends: [], arrived: [], named: [] },
  });
  expect(() => parseAhead("x")).toThrow("cut off");
});
