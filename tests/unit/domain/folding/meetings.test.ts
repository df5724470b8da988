import { describe, expect, test } from "vitest";
import { asGitFolds, asOneChange, meetings, respelled } from "../../../../src/domain/folding/meetings.ts";
import type { RawEntry } from "../../../../src/domain/sync/incoming.ts";

/** "A path" and so on, as a diff; paths as bytes. */
const diff = (...changes: string[]) =>
  changes.map((change) => ({
    status: change.slice(0, 1),
    path: Buffer.from(change.slice(2), "utf8").toString("latin1"),
    oldMode: "100644",
    newMode: "100644",
    newOid: "1".repeat(40),
  }));

const met = (changes: string[], tree: string[]) => {
  const { take, found } = meetings(diff(...changes));
  for (const path of tree) take(Buffer.from(path, "utf8").toString("latin1"));
  return found().map((pair) => pair.map((path) => Buffer.from(path, "latin1").toString()));
};

describe("names that are one file", () => {
  test("are two that come, or one that comes and one that stays", () => {
    expect(met(["A a", "A A"], ["A", "a"])).toEqual([["A", "a"]]);
    expect(met(["A readme"], ["README", "readme"])).toEqual([["readme", "README"]]);
    expect(met(["A \u00c9"], ["\u00c9", "e\u0301"])).toEqual([["\u00c9", "e\u0301"]]);
  });

  test("are a file and a directory, whichever of them comes", () => {
    expect(met(["A Deep"], ["Deep", "deep/x"])).toEqual([["Deep", "deep/x"]]);
    expect(met(["A deep/x"], ["Deep", "deep/x"])).toEqual([["deep", "Deep"]]);
  });

  test("are what git would obey as rules, where nobody looked for them", () => {
    expect(met(["A a/.GitAttributes", "A .gitattributes"], [])).toEqual([
      ["a/.GitAttributes", "a/.gitattributes"],
    ]);
  });

  test("are not two directories, nor what only changes its case, nor what met before", () => {
    expect(met(["A Src/b"], ["Src/b", "src/a"])).toEqual([]);
    expect(met(["D readme", "A README"], ["README"])).toEqual([]);
    expect(met(["M a", "A b"], ["A", "a", "b"])).toEqual([]);
    expect(meetings(diff("M a", "D b")).none).toBe(true);
    expect(meetings(diff("M a", "A b")).none).toBe(false);
    expect(met(["M readme", "A README"], [])).toEqual([]);
  });

  test("are told up to a thousand", () => {
    const paths = Array.from({ length: 1001 }, (_, at) => `a${at}`);
    const upper = paths.map((path) => path.toUpperCase());
    const added = paths.map((path) => `A ${path}`);
    expect(met(added, upper.slice(0, 1000))).toHaveLength(1000);
    expect(met(added, upper)).toHaveLength(1000);
  });

  test("are not two forms of one letter where the one goes, and are both where a third stays", () => {
    expect(met(["D \u00e9", "A e\u0301"], ["e\u0301"])).toEqual([]);
    expect(met(["D \u00e9", "A e\u0301"], ["e\u0301", "\u00c9"])).toEqual([["e\u0301", "\u00c9"]]);
  });

  test("are two forms where the one is a submodule, whose directory would not go", () => {
    const [gone, come] = diff("D \u00e9", "A e\u0301");
    const { found } = meetings([gone, { ...come, newMode: "160000" }] as RawEntry[]);
    expect(found()).toHaveLength(1);
  });
});

test("what changes its form alone goes before it comes, where git does not see by itself that both are one", () => {
  const bytes = (text: string) => Buffer.from(text, "utf8").toString("latin1");
  const pairs = respelled(
    diff("D \u00e9/a", "A e\u0301/a", "D \u00c9", "A \u00e9", "D a", "A A", "D b", "A c", "M d"),
  );
  const wanted = [
    ["e\u0301/a", "\u00e9/a"],
    ["\u00e9", "\u00c9"],
  ];
  expect([...pairs]).toEqual(wanted.map((pair) => pair.map(bytes)));
});

test("git's own folding leaves bytes beyond ASCII alone", () => {
  expect(asGitFolds("Src/\u00c3\u0089.TXT")).toBe("src/\u00c3\u0089.txt");
});

test("a file that changes its spelling is one change of the old path", () => {
  const changes = asOneChange(diff("A README", "M b", "D readme", "D c", "A d"));
  expect(changes.map(({ status, path }) => `${status} ${path}`)).toEqual(["M b", "M readme", "D c", "A d"]);
  expect(changes[1]?.newOid).toBe("1".repeat(40));
});
