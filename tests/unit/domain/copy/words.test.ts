import { expect, test } from "vitest";
import { type LeftOut, leftOutLines, noteLeftOut } from "../../../../src/domain/copy/words.ts";

test("of what is left out the first names are kept, and the number of all", () => {
  const left: LeftOut = new Map();
  for (let at = 1; at <= 12; at += 1) noteLeftOut(left, "special", `p${at}`);
  for (const name of [".git", "d/.git/config", "d/.GIT"]) noteLeftOut(left, "git", name);
  expect(left.get("special")?.names).toHaveLength(10);
  expect(leftOutLines(left)).toEqual([
    "left out (neither a file, a directory nor a link): p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, and 2 more",
    "left out (git's own directory, or a name that some file system takes for it): d/.GIT",
  ]);
});
