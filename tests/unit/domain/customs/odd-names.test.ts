// Names in disguise, links that lead away, names that collide.
import { describe, expect, test } from "vitest";
import {
  fold,
  hidesCharacters,
  isDisguisedGit,
  isOddOnWindows,
  leavesRepository,
  spellings,
} from "../../../../src/domain/customs/odd-names.ts";

const bytes = (text: string) => Buffer.from(text, "utf8").toString("latin1");

test.each([
  "a/.git/config",
  ".GIT/config",
  ".g\u200cit/x",
  ".git /x",
  ".git./x",
  ".git::$INDEX_ALLOCATION/x",
  "GIT~1/x",
  "gitmod~1",
  ".gitmodules\u200d",
  ".GitModules",
  ".gitattributes ",
])("%j is git in disguise", (path) => expect(isDisguisedGit(bytes(path))).toBe(true));

test.each([".gitignore", ".gitattributes", ".gitkeep", "src/git/x.ts", "git~x", ".github/x", "a.git"])(
  "%j is not",
  (path) => expect(isDisguisedGit(bytes(path))).toBe(false),
);

test.each(["a\nb", "a\u001b[31m", "a\u202eb", "a\u200bb", "a\u007f"])("%j hides characters", (path) =>
  expect(hidesCharacters(bytes(path))).toBe(true),
);
test("letters of any language hide nothing", () => {
  expect(hidesCharacters(bytes("docs/übersicht/日本語/emoji-🎉.md"))).toBe(false);
  expect(hidesCharacters("not\xffutf")).toBe(false);
});

test.each(["a\\b", "a./b", "a /b", "nul", "src/aux.c", "COM1.txt", "x/con"])("%j is odd on Windows", (path) =>
  expect(isOddOnWindows(path)).toBe(true),
);
test.each(["console.ts", "auxiliary.c", ".env", "a.b/c", "com10"])("%j is not odd on Windows", (path) =>
  expect(isOddOnWindows(path)).toBe(false),
);

describe("a link", () => {
  test.each([
    ["a", "/etc/passwd"],
    ["a", "../b"],
    ["a/b", "../../c"],
    ["a/b", "c/../../../d"],
    ["a", "~/x"],
    ["a", "C:\\x"],
    ["a", ".."],
    // Where x is a link to ".", this is beside the repository.
    ["a", "x/../secret"],
    ["a", ".git/hooks"],
    ["a/b", "../.GIT/config"],
  ])("%s → %s leaves the repository", (path, target) => expect(leavesRepository(path, target)).toBe(true));

  test.each([
    ["a", "b"],
    ["a/b", "../c"],
    ["node_modules/.bin/x", "../x/bin.js"],
    ["a/b/c", "./../../d"],
    ["a/b", ".."],
    ["a", "b..c/..d"],
  ])("%s → %s stays in it", (path, target) => expect(leavesRepository(path, target)).toBe(false));
});

test("one spelling for case, composition and what HFS+ leaves out", () => {
  expect(fold(bytes("SRC/É"))).toBe(fold(bytes("src/e\u0301")));
  expect(fold(bytes(".v\u017fcode"))).toBe(".vscode");
  expect(fold(bytes(".hus\u212ay"))).toBe(".husky");
  expect(fold(bytes(".hu\u200csky"))).toBe(".husky");
});

describe("other spellings", () => {
  const found = (fresh: string[], tree: string[]) => {
    const { take, other } = spellings();
    for (const path of [...tree, ...fresh].map(bytes).sort()) take(path);
    const pairs = fresh.map((path) => [bytes(path), other(bytes(path))] as const);
    return Object.fromEntries(pairs.filter(([, same]) => same !== undefined));
  };
  test("are found in files, in directories above them, and between a link and a directory", () => {
    expect(found(["src/App.ts"], ["src/app.ts"])).toEqual({ "src/App.ts": "src/app.ts" });
    expect(found(["Src/new.ts"], ["src/app.ts"])).toEqual({ "Src/new.ts": "src" });
    expect(found(["A"], ["a/post-checkout"])).toEqual({ A: "a" });
    expect(Object.keys(found(["é.md"], ["e\u0301.md"]))).toHaveLength(1);
    expect(Object.keys(found(["x", "X"], []))).toEqual(["x", "X"]);
    expect(found(["a/b/C/1"], ["a/b/a/1", "a/b/c/1", "a/c/C"])).toEqual({ "a/b/C/1": "a/b/c" });
  });
  test("are not found where there are none", () =>
    expect(found(["src/app.ts", "src/b/c"], ["src/apps.ts", "src/b/d", "README.md"])).toEqual({}));
});
