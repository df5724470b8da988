import { expect, test } from "vitest";
import { isPattern, nameTest } from "../../../../src/domain/copy/glob.ts";

test.each([
  ["*.log", "a.log", true],
  ["*.log", ".a.log", false],
  [".*", ".bashrc", true],
  ["*", ".bashrc", false],
  ["?", "a", true],
  ["?", "ab", false],
  ["a**b", "axyb", true],
  ["[ab].txt", "a.txt", true],
  ["[!ab].txt", "c.txt", true],
  ["[^ab].txt", "a.txt", false],
  ["[a-c]x", "bx", true],
  ["[]]x", "]x", true],
  ["[a", "[a", true],
  ["\\*", "*", true],
  ["\\*", "a", false],
  ["a+(b)|$^{}.c", "a+(b)|$^{}.c", true],
  ["a.c", "abc", false],
  ["*", "a\nb", true],
  ["*é", "x\u00c3\u00a9", true],
  ["a*b*c", "aXbXbXc", true],
  ["a*b*c", "aXcXb", false],
  ["*a*", "a", true],
  ["a*a", "a", false],
  ["*[ab]?*c", "xbac", true],
  ["*ab*ab", "abxab", true],
  ["*ab*ab", "xab", false],
  // In how many ways it does not fit makes no difference.
  ["*a*a*a*a*a*a*a*a*b", "a".repeat(255), false],
])("%s and %j", (pattern, name, fits) => expect(nameTest(pattern)(name)).toBe(fits));

test("what is a pattern", () =>
  expect(["a*", "a?", "[a]", "a.b"].map(isPattern)).toEqual([true, true, true, false]));
