// What counts as existing nowhere else: whatever is left out here is deleted unsaved.
import { describe, expect, test } from "vitest";
import { keyOf } from "../../../../../src/domain/lfs/held.ts";
import type { Module, Observation } from "../../../../../src/domain/sync/parse.ts";
import { oidsOf, reportLines, unsavedIn } from "../../../../../src/domain/sync/save/work.ts";

const [A, B, C, D, E] = ["a", "b", "c", "d", "e"].map((letter) => letter.repeat(40)) as string[] & {
  length: 5;
};
const oid = (one: string | undefined): string => one ?? "";
const NOTHING: ReadonlySet<string> = new Set();

const observation = (over: Partial<Observation> = {}): Observation => ({
  ...{ state: "present", mark: "", on: "refs/heads/work", head: oid(A), tip: oid(A) },
  ...{ operations: [], stashes: [], worktrees: [], refs: [], earlier: [], closed: [], nested: [] },
  ...{ modules: [], unpopulated: [], objects: [], filtered: [], flagged: [] },
  ...{ changed: [], untracked: [], ignored: [], regenerable: 0, carried: [], carriedAlone: [] },
  ...over,
});
const ref = (name: string, one: string | undefined) => ({ oid: oid(one), name, on: false });
const lines = (over: Partial<Observation>, saved = NOTHING) => unsavedIn(observation(over), saved);
const names = (over: Partial<Observation>, saved = NOTHING) =>
  lines(over, saved).map((line) => line.replace(/ at [0-9a-f]{10}$/, ""));

test("nobody can tell what is in a place that is no repository, or cannot be read", () => {
  expect(lines({ state: "missing", changed: ["x"] })).toEqual([]);
  expect(lines({ state: "foreign" })).toEqual(["not a git repository: what is in it, nobody can tell"]);
  expect(lines({ state: "broken" })).toEqual([
    "git cannot read its repository: what is in it, nobody can tell",
  ]);
  expect(lines({ state: "broken", closed: ["x"] })).toEqual(["cannot be read: x"]);
  expect(lines({ closed: ["x"], changed: ["y"] })).toEqual(["cannot be read: x", "changed: y"]);
  expect(lines({})).toEqual([]);
});

describe("commits", () => {
  const refs = [ref("refs/heads/work", A), ref("refs/tags/v1", B), ref("refs/x/y", C)];

  test("of every reference are work, but those that the host has and those of other repositories", () => {
    const said = "commits the host has not: ";
    expect(names({ refs })).toEqual([`${said}branch work`, `${said}tag v1`, `${said}refs/x/y`]);
    expect(names({ refs }, new Set([oid(A), oid(C)]))).toEqual([`${said}tag v1`]);
    expect(names({ refs: [ref("refs/remotes/origin/main", D)] })).toEqual([]);
  });

  test("that are stashed are counted once, also where no reflog has the stash", () => {
    const stash = [ref("refs/stash", D)];
    expect(names({ refs: stash, stashes: [oid(D), oid(E)] })).toEqual(["stashes: 2"]);
    expect(names({ refs: stash })).toEqual(["commits the host has not: refs/stash"]);
    // Another reference at a stash's commit is not the stash.
    expect(names({ refs: [ref("refs/heads/kept", D)], stashes: [oid(D)] })).toEqual([
      "commits the host has not: branch kept",
      "stashes: 1",
    ]);
    expect(names({ stashes: [oid(D), oid(E)] }, new Set([oid(D)]))).toEqual(["stashes: 1"]);
    expect(names({ stashes: [oid(D)] }, new Set([oid(D)]))).toEqual([]);
  });

  test("that only a reflog names, or a detached HEAD, are work where the host has them not", () => {
    const earlier = [oid(B), oid(C)];
    expect(lines({ earlier }, new Set([oid(B)]))).toEqual(["commits that only a reflog names: 1"]);
    expect(lines({ earlier }, new Set(earlier))).toEqual([]);
    const { on: _, ...detached } = observation();
    expect(unsavedIn(detached, NOTHING)).toEqual([
      `commits the host has not: detached HEAD at ${oid(A).slice(0, 10)}`,
    ]);
    expect(unsavedIn(detached, new Set([oid(A)]))).toEqual([]);
    const { head: __, ...unborn } = detached;
    expect(unsavedIn(unborn, NOTHING)).toEqual([]);
  });
});

test("what git does not commit is work, each kind by its own words", () => {
  const over = {
    ...{ changed: ["c"], untracked: ["u"], ignored: ["i"], flagged: ["f"], filtered: ["x"] },
    ...{ operations: ["MERGE_HEAD"], worktrees: [{ path: "/w", branch: "refs/heads/side" }] },
  };
  expect(lines(over)).toEqual([
    "in progress: a merge",
    "linked worktree: /w",
    "changed: c",
    "untracked: u",
    "ignored: i",
    "hidden from git status: f",
    "content that a filter keeps out of git: x",
  ]);
});

describe("what is inside", () => {
  const module = (over: Partial<Observation>, more: Partial<Module> = {}): Module => ({
    ...{ name: "lib", worktree: "libs/a" },
    ...{ seen: observation(over) },
    ...more,
  });

  test("is a repository of its own, unless it is a submodule that is looked at by itself", () => {
    const nested = ["./own/", "./libs/a/", ".git/lfs/"];
    expect(lines({ nested, modules: [module({})] })).toEqual([
      "repository inside: ./own/",
      "kept beside git's objects: .git/lfs/",
    ]);
    expect(lines({ nested: ["./libs/a/"] })).toEqual(["repository inside: ./libs/a/"]);
  });

  test("of a submodule is asked of the host's clones of that one", () => {
    const modules = [
      module({ refs: [ref("refs/heads/x", B)], nested: ["./deep/", "./own/"] }),
      module({ changed: ["c"] }, { name: "lib/modules/deep", worktree: "libs/a/deep" }),
      { name: "gone", seen: observation({ untracked: ["u"] }) },
    ];
    const savedOf = (one: Module) => new Set(one.name === "lib" ? [oid(B)] : []);
    const nested = ["./libs/a/", "./libs/a/deep/"];
    expect(unsavedIn(observation({ modules, nested }), NOTHING, savedOf)).toEqual([
      "in the submodule libs/a: repository inside: ./own/",
      "in the submodule libs/a/deep: changed: c",
      "in the submodule gone: untracked: u",
    ]);
    expect(unsavedIn(observation({ modules: modules.slice(0, 1) }), new Set([oid(B)]))).toContain(
      `in the submodule libs/a: commits the host has not: branch x at ${oid(B).slice(0, 10)}`,
    );
  });

  test("of the store of large files is counted once where the host's has it not, in its size", () => {
    const [one, two] = [1, 2].map((size) => ({ oid: "f".repeat(64), size })) as [Size, Size];
    const said = "large files (Git LFS) the host has not:";
    expect(lines({ objects: [one, one, two] })).toEqual([`${said} 2`]);
    expect(lines({ objects: [one, two] }, new Set([keyOf(one)]))).toEqual([`${said} 1`]);
    expect(lines({ objects: [one] }, new Set([keyOf(one)]))).toEqual([]);
  });
  type Size = { oid: string; size: number };
});

test("the host is asked about every commit that a workspace names", () => {
  const seen = observation({
    ...{ refs: [ref("refs/heads/work", A)], stashes: [oid(B)], earlier: [oid(C)], head: oid(E) },
    worktrees: [{ path: "/w", branch: "refs/heads/side", head: oid(D) }, { path: "/v" }],
  });
  expect(oidsOf(seen).sort()).toEqual([A, B, C, D, E]);
  const { head: _, ...unborn } = observation();
  expect(oidsOf(unborn)).toEqual([]);
});

test("who has no work is not reported", () => {
  const report = (dir: string, some: string[]) => ({ dir, title: "t", known: true, lines: some });
  expect(reportLines([report("a", []), report("b\u001b", ["x", "y"])])).toEqual(["b^[ (t)", "  x", "  y"]);
});
