import { describe, expect, test } from "vitest";
import { nameOf, parsePlace, planCopy, refuseGit } from "../../../../src/domain/copy/place.ts";
import { UserError } from "../../../../src/errors.ts";

const exitOf = (work: () => unknown): number | undefined => {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.exit;
    throw error;
  }
  return undefined;
};

describe("a word of cp", () => {
  test.each([
    ["work:a/b", { kind: "guest", branch: "work", path: "a/b" }],
    ["feature/é;x:", { kind: "guest", branch: "feature/é;x", path: "" }],
    ["work:/tmp/a:b", { kind: "guest", branch: "work", path: "/tmp/a:b" }],
    ["a", { kind: "host", path: "a" }],
    ["./a:b", { kind: "host", path: "./a:b" }],
    ["../a:b", { kind: "host", path: "../a:b" }],
    ["/a:b", { kind: "host", path: "/a:b" }],
    ["-", { kind: "stream" }],
  ])("%s", (word, place) => expect(parsePlace(word)).toEqual(place));

  test("needs a branch before its colon", () => expect(exitOf(() => parsePlace(":x"))).toBe(2));
});

describe("the way of a copy", () => {
  test("is out, in, to a stream, from one", () => {
    expect(planCopy(["w:a", "w:b", "."])).toEqual({ way: "bring", branch: "w", paths: ["a", "b"], to: "." });
    expect(planCopy(["w:a", "-"])).toEqual({ way: "bring", branch: "w", paths: ["a"], to: undefined });
    expect(planCopy(["a", "b", "w:"])).toEqual({ way: "put", branch: "w", path: "", from: ["a", "b"] });
    expect(planCopy(["-", "w:x"])).toEqual({ way: "put", branch: "w", path: "x", from: undefined });
  });

  test.each([
    [["w:a"], 2],
    [["a", "b"], 2],
    [["w:a", "b", "c"], 2],
    [["w:a", "v:a", "."], 2],
    [["w:a", "v:b"], 2],
    [["-", "a", "w:x"], 2],
    [["-", "w:dir/"], 2],
    [["-", "w:."], 2],
    [["w:.git/config", "."], 4],
    [["w:a/.GIT", "."], 4],
    [["a", "w:.git/hooks/x"], 4],
  ])("%j is refused", (words, exit) => expect(exitOf(() => planCopy(words))).toBe(exit));
});

test("the last name of a path", () => {
  expect(["a/b", "a/b//", "a/.", "..", "/", "", "b c"].map(nameOf)).toEqual([
    "b",
    "b",
    "",
    "",
    "",
    "",
    "b c",
  ]);
});

test("git's own directory is known in its disguises", () => {
  for (const path of [".git", "a/.Git/x", "git~1", ".g\u200cit", ".git /x"])
    expect(exitOf(() => refuseGit(path))).toBe(4);
  expect(exitOf(() => refuseGit("a/.github/x.git"))).toBeUndefined();
});
