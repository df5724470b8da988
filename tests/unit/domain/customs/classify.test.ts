// From changes to findings: who speaks for a path, what this host has, what the user added or muted.
import { describe, expect, test } from "vitest";
import { type Choices, unknownRules } from "../../../../src/domain/customs/classify.ts";
import { LINK } from "../../../../src/domain/customs/file-rules.ts";
import type { Active, Finding, Sample } from "../../../../src/domain/customs/rule.ts";
import { changeOf, classify, everything, nothing } from "./a-change.ts";

const NONE: Choices = { add: [], mute: [] };
const find = (samples: readonly Sample[], active: Active = everything(), choices = NONE) =>
  classify(samples.map(changeOf), active, choices);
const words = (findings: readonly Finding[]) =>
  findings.map(({ level, rule, asks }) => `${level} ${rule}${asks ? " asks" : ""}`);

describe("a path", () => {
  test("is told by its strongest rule, and by what else it is", () => {
    const found = find([{ path: ".husky/pre-commit", mode: "100755", hidden: "escape" }]);
    expect(words(found)).toEqual(["AUTO hook-folder asks", "EXEC executable", "TEXT terminal-escape"]);
    expect(words(find([".vscode/tasks.json"]))).toEqual(["AUTO vscode asks"]);
    expect(words(find([".vscode/launch.json"]))).toEqual(["BUILD editor-folder"]);
  });

  test("that nothing of this host takes by itself is only shown", () => {
    expect(words(find([".vscode/tasks.json", ".idea/a.xml", ".gitattributes"], nothing))).toEqual([
      "BUILD vscode",
      "BUILD jetbrains",
      "BUILD git-attributes",
    ]);
  });

  test("that git's configuration names asks, with all below a directory", () => {
    const active = everything(["tools/hooks/", "dev/.gitconfig"]);
    const rules = (...paths: Sample[]) => words(find(paths, active));
    expect(rules("tools/hooks/pre-push")).toEqual(["AUTO named-by-git asks"]);
    expect(rules("Tools/Hooks/pre-push")).toEqual(["AUTO named-by-git asks"]);
    expect(rules("dev/.gitconfig")).toEqual(["AUTO named-by-git asks"]);
    expect(rules("tools/hooks.md", "tools/other", "dev/.gitconfig.md")).toEqual([]);
  });

  test("of a link asks where it stands for a directory that is looked into", () => {
    const link = (path: string) => words(find([{ path, mode: LINK, target: "src" }], everything(["a/b/"])));
    expect(link(".husky")).toEqual(["AUTO hook-folder asks"]);
    expect(link(".vscode")).toEqual(["AUTO vscode asks"]);
    expect(link(".cargo")).toEqual(["AUTO toolchain asks"]);
    expect(link("gradle")).toEqual(["AUTO toolchain asks"]);
    expect(link("a")).toEqual(["AUTO named-by-git asks"]);
    expect(link("a/b")).toEqual(["AUTO named-by-git asks"]);
    expect(link("docs")).toEqual([]);
  });
});

describe("the same", () => {
  test("rule, path and content have one key under any commit; another content has another", () => {
    const [one] = find([".npmrc"]);
    const [again] = find([{ path: ".npmrc", commit: "d".repeat(40) }]);
    const [other] = find([{ path: ".npmrc", oid: "e".repeat(40) }]);
    const [elsewhere] = find([".yarnrc"]);
    expect(again?.key).toBe(one?.key);
    expect(new Set([one?.key, other?.key, elsewhere?.key]).size).toBe(3);
  });

  test("content in two commits is told once, by the one that brought it", () => {
    const found = find([
      { path: ".npmrc", commit: "2".repeat(40) },
      { path: ".npmrc", commit: "1".repeat(40) },
    ]);
    expect(found.map(({ commit }) => commit)).toEqual(["1".repeat(40)]);
  });
});

describe("the user's settings", () => {
  test("mute a rule, or some of its paths", () => {
    const muted = (mute: string[], ...paths: string[]) => words(find(paths, everything(), { add: [], mute }));
    expect(muted(["hook-folder"], ".husky/pre-push")).toEqual([]);
    expect(muted(["hook-folder:.husky/pre-push"], ".husky/pre-push", ".husky/pre-commit")).toEqual([
      "AUTO hook-folder asks",
    ]);
    // What is left is what a weaker rule says.
    expect(muted(["vscode"], ".vscode/tasks.json")).toEqual(["BUILD editor-folder"]);
  });

  test("add rules, which ask when they are AUTO", () => {
    const add = [
      { path: "deploy/**", level: "AUTO" },
      { path: "**/*.sql", level: "CI", reason: "It runs in production." },
    ] as const;
    const found = find(["deploy/run.txt", "src/a.sql"], nothing, { add, mute: [] });
    expect(words(found)).toEqual(["AUTO own deploy/** asks", "CI own **/*.sql"]);
    expect(found[1]?.reason).toBe("It runs in production.");
  });

  test("that mute what is no rule are told", () => {
    expect(unknownRules(["vscode", "vscod", "jetbrains:.idea/x", "x:y"])).toEqual(["vscod", "x:y"]);
  });
});
