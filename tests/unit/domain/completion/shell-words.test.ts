// A bash line is read as bash would, without a word of it being run, and words are written so that bash takes them back.
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { readBashLine, writeForBash } from "../../../../src/domain/completion/shell-words.ts";

const BREAKS = " \t\n\"'@><=;|&(:";

describe("the line", () => {
  test.each([
    ["a b", ["a"], "b", "", ""],
    ["a b ", ["a", "b"], "", "", ""],
    ["a  'b c' d", ["a", "b c"], "d", "", ""],
    ["a 'b c", ["a"], "b c", "", "'"],
    ['a "b\\"c', ["a"], 'b"c', "", '"'],
    ['a "b\\c', ["a"], "b\\c", "", '"'],
    ["a b\\ c", ["a"], "b c", "", ""],
    ["a b\\", ["a"], "b", "", ""],
    ["a --agent=cl", ["a"], "--agent=cl", "--agent=", ""],
    ["a user@f", ["a"], "user@f", "user@", ""],
    ["a user\\@f", ["a"], "user@f", "", ""],
    ["a 'user@f", ["a"], "user@f", "", "'"],
    ["a user'@f", ["a"], "user@f", "user", "'"],
    ["a 'user@f'x", ["a"], "user@fx", "", ""],
    ["a $(b", ["a"], "$(b", "$(", ""],
    ["a '' b", ["a", ""], "b", "", ""],
    ["a b\\\nc", ["a"], "bc", "", ""],
  ])("%j", (line, words, current, kept, quote) =>
    expect(readBashLine(line, BREAKS)).toEqual({ words, current, kept, quote }),
  );
});

describe("a written word", () => {
  const names = [
    "$(id)",
    "`id`",
    "it's",
    'a"b',
    "a b\\c",
    "x!y",
    "{a,b}",
    "~",
    "#x",
    "ünï",
    "*?[a]",
    "$'a'",
    "a\\!b",
  ];

  test.each(names)("%s is what bash gets, in any quotes", (name) => {
    const line = `printf '<%s>' ${writeForBash(name, "")} '${writeForBash(name, "'")}' "${writeForBash(name, '"')}"`;
    const got = execFileSync("bash", ["--norc", "-c", line], { encoding: "utf8" });
    expect(got).toBe(`<${name}>`.repeat(3));
  });

  test.each(names)("%s is read back as itself", (name) => {
    expect(readBashLine(`a ${writeForBash(name, "")}`, BREAKS).current).toBe(name);
    expect(readBashLine(`a "${writeForBash(name, '"')}`, BREAKS).current).toBe(name);
  });
});
