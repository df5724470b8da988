import { describe, expect, test } from "vitest";
import { inUrl, wayToFiles, wayToGitDir } from "../../../../src/domain/submodules/places.ts";
import { refusalFor, stepFor } from "../../../../src/domain/submodules/plan-out.ts";
import { parseSettled, parseSubmodules, type SeenSubmodule } from "../../../../src/domain/submodules/seen.ts";
import { stayingBehind } from "../../../../src/domain/submodules/words.ts";

const [OLD, NEW, OWN] = ["a", "b", "c"].map((letter) => letter.repeat(40)) as [string, string, string];
const seen = (over: Partial<SeenSubmodule> = {}): SeenSubmodule => ({
  state: "present",
  head: OLD,
  on: undefined,
  recorded: OLD,
  settled: OLD,
  has: false,
  changed: false,
  others: false,
  busy: false,
  ...over,
});
const step = (over: Partial<SeenSubmodule> = {}, contained = false) =>
  stepFor({ path: "lib", oid: NEW, contained }, seen(over));

describe("what becomes of a submodule", () => {
  test.each<[string, Partial<SeenSubmodule>, string]>([
    ["one that is not there", { state: "absent", head: undefined }, "make"],
    ["a git directory alone", { state: "kept" }, "make"],
    ["a git directory with staged changes", { state: "kept", changed: true }, "leave"],
    ["a git directory in the middle of something", { state: "kept", busy: true }, "leave"],
    ["a clean one where its parent records it", { settled: undefined }, "move"],
    ["a clean one where the last push put it", { recorded: OWN }, "move"],
    ["one that is there already, whatever is in it", { head: NEW, changed: true, busy: true }, "nothing"],
    ["edits", { changed: true }, "refuse"],
    ["a merge", { busy: true }, "refuse"],
    ["commits of its own", { head: OWN }, "refuse"],
    ["nothing checked out", { head: undefined }, "refuse"],
    ["files in its place", { state: "blocked" }, "leave"],
    ["a link in its way", { state: "linked" }, "leave"],
    ["another repository", { state: "other" }, "leave"],
    ["a place inside of another git directory", { state: "inside" }, "leave"],
    ["files at another path, where the last push put them", { state: "elsewhere" }, "follow"],
    [
      "files at another path with nothing checked out",
      { state: "elsewhere", head: undefined, settled: undefined },
      "leave",
    ],
    ["edits at another path", { state: "elsewhere", head: NEW, changed: true }, "follow"],
    ["edits at another path and commit", { state: "elsewhere", changed: true }, "leave"],
    ["commits of its own at another path", { state: "elsewhere", head: OWN }, "leave"],
    ["a merge at another path", { state: "elsewhere", busy: true }, "leave"],
    ["nothing checked out at another path", { state: "elsewhere", head: undefined }, "leave"],
  ])("%s", (_, over, what) => {
    expect(step(over).do).toBe(what);
  });

  test("commits that the host's contains are followed", () => {
    expect(step({ head: OWN }, true)).toEqual({ do: "move", from: OWN });
  });

  test("a push that does not move it leaves it alone, in silence, but for what an earlier one left behind", () => {
    for (const over of [{ head: OWN }, { head: OWN, changed: true }, { changed: true }, { busy: true }])
      expect(step({ recorded: NEW, ...over }, true)).toEqual({ do: "leave", why: undefined });
    expect(step({ recorded: NEW })).toEqual({ do: "move", from: OLD });
  });

  test("a refusal names each, and the ways on", () => {
    const why = refusalFor("work", [
      { path: "a", step: step({ changed: true }) },
      { path: "b", step: step() },
      { path: "c", step: step({ head: OWN }) },
    ]);
    expect(why?.details.slice(0, 2)).toEqual([
      "submodule a: has edits",
      "submodule c: has commits of its own, at cccccccccc",
    ]);
    expect(why?.hint).toContain("agent-vm fetch work");
    expect(refusalFor("work", [{ path: "b", step: step() }])).toBeUndefined();
  });
});

describe("what the guest says", () => {
  const record = ["present", OLD, "", OLD, "", "ho"];
  const said = (...words: string[]) => words.map((word) => `${word}\0`).join("");

  test("is read field by field", () => {
    const { on, filled, found } = parseSubmodules(said("refs/heads/work", "filled", ...record));
    expect([on, filled]).toEqual(["refs/heads/work", true]);
    expect(found).toEqual([seen({ settled: undefined, has: true, others: true })]);
    const two = parseSubmodules(said("", "", ...record, "kept", OLD, "refs/heads/x", "", NEW, "cb"));
    expect([two.on, two.filled, two.found.length]).toEqual(["", false, 2]);
    const kept = { state: "kept" as const, recorded: undefined, settled: NEW, changed: true, busy: true };
    expect(two.found[1]).toEqual(seen({ ...kept, on: "refs/heads/x" }));
    expect(parseSettled(said("done", "blocked"))).toEqual(["done", "blocked"]);
  });

  test.each([
    ["", "nothing"],
    [said("on"), "no word of whether they were checked out"],
    [said("on", "", "present"), "half a record"],
    [said("on", "", ...record, ...record.slice(0, 5)), "half a record behind a whole one"],
    [said("on", "", "gone", ...record.slice(1)), "another state"],
    [said("on", "", "present", "HEAD", ...record.slice(2)), "no commit"],
    [said("on", "", ...record.slice(0, 5), "hx"), "another letter"],
    [said("on", "", ...record).slice(0, -1), "cut off"],
  ])("%j is not understood: %s", (answer) => {
    expect(() => parseSubmodules(answer)).toThrow();
  });
  test("nor is another word at the end", () => {
    expect(() => parseSettled(said("done", "-x"))).toThrow();
  });
});

test("places are spelled for git's files and for a url", () => {
  const gitDir = ".git/modules/libs/x/modules/deep";
  expect(wayToGitDir("libs/x/deep", gitDir)).toBe("../../../.git/modules/libs/x/modules/deep");
  expect(wayToFiles("libs/x/deep", gitDir)).toBe("../../../../../../libs/x/deep");
  expect(inUrl("shop-work", ".git/modules/a b=c%2e?'#é")).toBe(
    "shop-work/.git/modules/a%20b%3Dc%252e%3F%27%23%C3%A9",
  );
});

test("what stays behind is named with what to type", () => {
  const missing = { path: "lib", inside: "", oid: OLD, cloned: false };
  expect(
    stayingBehind(
      {
        nodes: [],
        missing: [missing, { ...missing, path: "lib/in side", inside: "lib" }, { ...missing, cloned: true }],
        unfit: [{ name: "../\u001b[31m", why: "its name is not a plain relative one", inside: "lib" }],
      },
      "a;b",
    ),
  ).toEqual([
    "The submodule lib does not travel: you have not cloned it. Do that: git submodule update --init -- lib && agent-vm push 'a;b'",
    "The submodule lib/in side does not travel: you have not cloned it. Do that: git -C lib submodule update --init -- 'in side' && agent-vm push 'a;b'",
    "The submodule lib does not travel: your clone of it lacks the commit aaaaaaaaaa. Get it: git -C lib fetch && agent-vm push 'a;b'",
    "not followed, as .gitmodules calls it: ../^[[31m in lib (its name is not a plain relative one)",
  ]);
});
