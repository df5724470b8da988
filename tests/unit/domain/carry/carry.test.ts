// Carried files, the pure parts: patterns, what a file is on both sides, the guest's answer.
import { describe, expect, test } from "vitest";
import { carriedSentence, stayedHint, stayedLines } from "../../../../src/domain/carry/outcome.ts";
import { pathspecs, patternProblem, plainPart } from "../../../../src/domain/carry/patterns.ts";
import { parseCarried } from "../../../../src/domain/carry/send.ts";
import { carriedNow, carriedState, isSafe, unsavedCarried } from "../../../../src/domain/carry/state.ts";

describe("a pattern", () => {
  test.each([".env.sandbox", "config/local/*.yml", "**/.env", "config/local/", "a b", "ü/*"])(
    "%s grants",
    (pattern) => expect(patternProblem(pattern)).toBeUndefined(),
  );

  test.each([
    "/x",
    "~/x",
    "../x",
    "a/../x",
    "!x",
    "a//b",
    "./x",
    "",
    " ",
    "a\0",
    ".git/config",
    "a/.GIT",
    "git~1/x",
  ])("%j grants nothing", (pattern) => expect(patternProblem(pattern)).toMatch(/^must /));

  test("is asked of git from the repository's top", () => {
    expect(pathspecs([".env", "config/local/"])).toEqual([":(top,glob).env", ":(top,glob)config/local"]);
  });

  test("has a plain part, which may be no link", () => {
    expect(["a/b/*.yml", "a/b", "*/x", "a/[b]/c"].map(plainPart)).toEqual(["a/b", "a/b", "", "a"]);
  });
});

describe("a carried file", () => {
  const [SENT, OTHER] = ["a".repeat(64), "b".repeat(64)];
  test.each([
    ["equal", SENT, SENT],
    ["equal", OTHER, OTHER],
    ["host newer", OTHER, SENT],
    ["only in the VM", undefined, SENT],
    ["changed in the VM", SENT, OTHER],
    ["changed in the VM", undefined, OTHER],
    ["deleted in the VM", SENT, "gone"],
    ["deleted in the VM", undefined, "gone"],
    ["unknown", SENT, undefined],
  ])("is %s", (state, present, claim) => expect(carriedState(SENT, present, claim)).toBe(state));

  test("that exists nowhere else is work, and so is what gave way until it is gone", () => {
    const carried = {
      version: 1 as const,
      top: "/r",
      files: ["a", "b", "c"].map((path) => ({ path, sha256: SENT, bytes: 1 })),
      kept: ["k", "gone"],
    };
    const claims = new Map([
      ["a", SENT],
      ["b", OTHER],
      ["k", OTHER],
      ["gone", "gone"],
    ]);
    const now = carriedNow(carried, claims, new Map([["a", SENT]]));
    expect(now.filter((one) => !isSafe(one)).map((one) => one.path)).toEqual(["b", "c", "k"]);
    expect(unsavedCarried(now)).toEqual([
      "carried, changed in the VM: b",
      "carried, changed in the VM: k",
      "carried, and the VM does not say whether it changed: c",
    ]);
    expect(carriedNow(carried, undefined, new Map()).every((one) => one.state === "unknown")).toBe(true);
  });
});

describe("the guest's answer", () => {
  test("is one known word for each file", () => {
    expect(parseCarried("placed\0same\0=done\0")).toEqual(["placed", "same"]);
    for (const said of ["", "gone\0", "broken\0", "placed\0", "placed\0=done", "rm\0=done\0", "\0=done\0"])
      expect(parseCarried(said), JSON.stringify(said)).toBeUndefined();
  });

  test("is told in words, with the way on", () => {
    const outcomes = [
      { path: "a", word: "placed" },
      { path: "b\u001b[31m", word: "changed" },
    ] as const;
    expect(carriedSentence("shop-work", outcomes)).toBe("Carried files in shop-work: 1 new.");
    expect(stayedLines([{ path: "c", why: "it is a link" }], outcomes)).toEqual([
      "c: it is a link",
      "b^[[31m: it was changed in the VM",
    ]);
    expect(stayedHint("a;b", outcomes.slice(0, 1))).toContain("git status --ignored");
    expect(stayedHint("a;b", outcomes)).toContain("agent-vm push --carry --replace 'a;b'");
  });
});
