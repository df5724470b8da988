// Slips of the keys find the name that was meant, and nothing else.
import { expect, test } from "vitest";
import { nearest } from "../../../../src/domain/help/near.ts";

test.each([
  ["featuer-x", ["feature-x", "main"], ["feature-x"]],
  ["feature-y", ["feature-x", "feature-z"], ["feature-x", "feature-z"]],
  ["Feature-x", ["feature-x"], ["feature-x"]],
  ["exit-code", ["exit-codes", "git"], ["exit-codes"]],
  ["main", ["main", "maine"], ["maine"]],
  ["fix", ["feature-x"], []],
  ["ab", ["ac"], []],
  ["", ["a"], []],
  ["日本語", ["日本誤"], ["日本誤"]],
])("%s among %j", (typed, known, meant) => expect(nearest(typed, known)).toEqual(meant));
