// git's progress meters become words; nothing else that git or the other side says does.
import { expect, test } from "vitest";
import { progressOf, showProgress } from "../../../../src/domain/sync/git-progress.ts";

test.each([
  ["Counting objects:  50% (5/10)", "counting objects: 50 % (5 of 10)"],
  ["remote: Resolving deltas: 100% (2701/2701)", "resolving deltas: 100 % (2701 of 2701)"],
  [
    "Writing objects:  33% (1/3), 254.00 KiB | 9.00 KiB/s",
    "writing objects: 33 % (1 of 3), 254.00 KiB | 9.00 KiB/s",
  ],
  [
    "Receiving objects:   7% (1/14), 1.20 GiB | 11.25 MiB/s",
    "receiving objects: 7 % (1 of 14), 1.20 GiB | 11.25 MiB/s",
  ],
  ["Enumerating objects: 1200", "enumerating objects: 1200"],
])("a meter is shown: %s", (line, words) => expect(progressOf(line)).toBe(words));

test.each([
  "To ssh://test-guest/~/workspace/shop-work",
  "*\trefs/saves/x:refs/y\t[new reference]",
  "Done",
  "Delta compression using up to 2 threads",
  "remote: error: 50% (1/2)",
  "remote: Please type your password: 1x",
])("anything else is not: %s", (line) => expect(progressOf(line)).toBe(undefined));

test("what follows the last meter is named", () => {
  const shown: string[] = [];
  const onLine = showProgress((text) => shown.push(text), "unpacking");
  for (const line of [
    "Writing objects: 99% (1/3)",
    "Writing objects: 100% (3/3), 254 bytes | 9.00 KiB/s, done.",
    "Done",
  ])
    onLine(line);
  expect(shown).toEqual(["writing objects: 99 % (1 of 3)", "unpacking"]);
});
