import { expect, test } from "vitest";
import { sharedNames } from "../../../../src/domain/folding/shared-names.ts";

test.each([
  ["Work", ["work"]],
  ["Work/x", ["work"]],
  ["Work", ["work/x"]],
  ["Work/x", ["work/y"]],
  ["a/X/z", ["a/x/y"]],
])("%s would be one file or folder with %s", (name, others) => {
  expect(sharedNames(others).sharing(name)).toEqual(others);
});

test.each([
  ["work", ["work", "work/x", "main", ""]],
  ["work/x", ["work", "work/y", "main/X"]],
  ["a", ["aa", "b/A"]],
])("%s would not with %s", (name, others) => {
  expect(sharedNames(others).sharing(name)).toEqual([]);
});
