// Carried files, the pure parts: patterns, what a file is on both sides, the guest's answer.
import { describe, expect, test } from "vitest";
import { carriedSentence, stayedHint, stayedLines } from "../../../../src/domain/carry/outcome.ts";
import { pathspecs, patternProblem, plainPart } from "../../../../src/domain/carry/patterns.ts";
import { parseCarried } from "../../../../src/domain/carry/send.ts";
import {
  type CarriedNow,
  carriedNow,
  carriedState,
  isSafe,
  unsavedCarried,
  withoutCarried,
} from "../../../../src/domain/carry/state.ts";
import { nothing } from "../../../../src/domain/sync/observation.ts";

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
      files: ["a", "b", "c", "d", "e", "f"].map((path) => ({ path, sha256: SENT, bytes: 1 })),
      kept: ["k", "gone"],
    };
    const claims = new Map([
      ["a", SENT],
      ["b", OTHER],
      ["d", SENT],
      ["e", SENT],
      ["f", "gone"],
      ["k", OTHER],
      ["gone", "gone"],
    ]);
    const present = new Map([
      ["a", SENT],
      ["d", OTHER],
    ]);
    const now = carriedNow(carried, claims, present);
    expect(now.filter((one) => !isSafe(one)).map((one) => one.path)).toEqual(["b", "c", "d", "e", "k"]);
    expect(unsavedCarried(now)).toEqual([
      "carried, changed in the VM: b",
      "carried, changed in the VM: k",
      "carried, and changed on this host since: d",
      "carried, and no longer on this host: e",
      "carried, and the VM does not say whether it changed: c",
    ]);
    expect(carriedNow(carried, undefined, new Map()).every((one) => one.state === "unknown")).toBe(true);
  });
});

describe("a directory of carried files alone", () => {
  const path = (name: string, sum = "a".repeat(64)) => ({ path: name, sum });
  const seen = {
    ...nothing(),
    ignored: ["conf/", "mixed/", "x.env", "own.txt"],
    carried: [path("conf/a"), path("conf/in/b"), path("conf/c", "gone"), path("x.env"), path("mixed/a")],
    carriedAlone: ["conf/", "conf/in/"],
  };
  const now = (...changed: string[]) =>
    ["conf/a", "conf/in/b", "x.env", "mixed/a"].map((path): CarriedNow => {
      const state = changed.includes(path) ? "changed in the VM" : "equal";
      return { path, state };
    });
  const left = (carried: CarriedNow[], of = seen) => withoutCarried(of, carried, isSafe).ignored;

  test("is no ignored work while all of them are safe", () => {
    expect(left(now())).toEqual(["mixed/", "own.txt"]);
    expect(left(now("x.env"))).toEqual(["mixed/", "x.env", "own.txt"]);
  });

  test("is one as soon as one of them is not, or the host knows nothing of it", () => {
    expect(left(now("conf/in/b"))).toEqual(["conf/", "mixed/", "own.txt"]);
    const more = { ...seen, carried: [...seen.carried, path("conf/stranger")] };
    expect(left(now(), more)).toEqual(["conf/", "mixed/", "own.txt"]);
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
