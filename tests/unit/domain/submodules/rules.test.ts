import { describe, expect, test } from "vitest";
import { parseEntries } from "../../../../src/domain/submodules/declared.ts";
import { type Entry, judge } from "../../../../src/domain/submodules/rules.ts";
import { resolveUrl, submoduleOrigin } from "../../../../src/domain/submodules/urls.ts";

const OID = "a".repeat(40);
const entry = (name: string, path: string | undefined = name): Entry => ({
  name,
  path,
  url: undefined,
  twice: false,
});
const judged = (entries: Entry[], links = entries.map((one) => one.path ?? "")) =>
  judge(entries, new Map(links.map((path) => [path, OID])));
const namesOf = (entries: Entry[]) => judged(entries).submodules.map((one) => one.name);
const whyOf = (entries: Entry[]) => judged(entries).unfit.map((one) => `${one.name}: ${one.why}`);

describe("a name and a path", () => {
  test.each([
    "lib",
    "libs/modules/größe",
    "with space",
    "a.git",
    ".github/x",
    "a-b_c+d",
    "xx:y/z",
    "$(touch x)",
  ])("%s is taken", (text) => {
    expect(namesOf([entry(text)])).toEqual([text]);
  });

  test.each([
    "",
    ".",
    "..",
    "../x",
    "a/../b",
    "a/..",
    "/etc",
    "a//b",
    "a/",
    "./a",
    "-x",
    "--upload-pack=touch",
    "a\\b",
    "..\\x",
    "C:x",
    ".git",
    ".GIT/hooks",
    "a/.Git",
    "git~1",
    ".git ",
    ".git.",
    ".git::$INDEX_ALLOCATION",
    ".g\u200cit",
    "a\nb",
    "\u001b[31m",
    "\ufffd",
    "x".repeat(1001),
  ])("%j is not, in either place", (text) => {
    expect(judged([entry("fine", text)]).submodules).toEqual([]);
    expect(judged([entry("fine", text)]).unfit).toHaveLength(1);
    expect(judged([entry(text, "fine")]).submodules).toEqual([]);
    expect(judged([entry(text, "fine")]).unfit).toHaveLength(1);
  });
});

describe("two that would share a place", () => {
  test("one path under two names: neither", () => {
    expect(namesOf([entry("a", "x"), entry("b", "x"), entry("c", "y")])).toEqual(["c"]);
  });
  test("names that differ in case or in the form of Unicode alone: neither", () => {
    expect(namesOf([entry("Lib", "x"), entry("lib", "y")])).toEqual([]);
    const why = "another one's path differs from its own in nothing but case";
    expect(whyOf([entry("a", "Lib"), entry("b", "lib")])).toEqual([`a: ${why}`, `b: ${why}`]);
    expect(namesOf([entry("\u00e9", "x"), entry("e\u0301", "y")])).toEqual([]);
  });
  test("a name inside of another one's git directory: the other alone", () => {
    const both = [entry("lib", "x"), entry("lib/hooks", "y"), entry("LIB/modules/z", "z")];
    expect(namesOf(both)).toEqual(["lib"]);
    expect(whyOf(both)[0]).toContain("lib/hooks: its name lies inside");
  });
  test("names side by side: both", () => {
    expect(namesOf([entry("lib/a", "x"), entry("lib/b", "y"), entry("library", "z")])).toHaveLength(3);
  });
});

test("what the commit does not record is nothing, and a second path is a fault", () => {
  expect(judged([entry("old"), entry("../evil", "gone"), entry("none", undefined)], [])).toEqual({
    submodules: [],
    unfit: [],
  });
  expect(whyOf([{ ...entry("a"), twice: true }])).toEqual(["a: it has two paths"]);
});

test("git's list of a .gitmodules is read key by key", () => {
  const list = [
    "submodule.a.b.path\nlibs/x\n.y",
    "submodule.a.b.url\n../x",
    "core.worktree\n/etc",
    "submodule.c.path\n1",
    "submodule.c.path\n2",
    "submodule.d.shallow",
    "submodule.active\n.",
    "",
  ].join("\0");
  expect(parseEntries(list)).toEqual([
    { name: "a.b", path: "libs/x\n.y", url: "../x", twice: false },
    { name: "c", path: "2", url: undefined, twice: true },
    { name: "d", path: undefined, url: undefined, twice: false },
  ]);
});

describe("the url of a submodule's origin", () => {
  test.each([
    ["https://example.org/team/shop.git", "../lib.git", "https://example.org/team/lib.git"],
    ["https://example.org/team/shop/", "../../other/lib", "https://example.org/other/lib"],
    ["https://example.org/team/shop", "./lib", "https://example.org/team/shop/lib"],
    ["git@example.org:team/shop.git", "../lib.git", "git@example.org:team/lib.git"],
    ["git@example.org:shop.git", "../lib.git", "git@example.org:lib.git"],
    ["ssh://git@example.org/team/shop", "../lib/", "ssh://git@example.org/team/lib"],
  ])("%s and %s make %s", (base, url, made) => {
    expect(resolveUrl(base, url)).toBe(made);
  });
  test.each([
    ["https://example.org/shop", "../../../x"],
    ["https://example.org/shop", "../../x"],
    [undefined, "../x"],
    ["https://example.org/shop", "/home/me/lib"],
    ["https://example.org/shop", "file:///home/me/lib"],
    ["https://example.org/shop", "--upload-pack=touch"],
    ["https://example.org/shop", "ext::sh -c x"],
    ["https://example.org/shop", undefined],
  ])("%s and %s make none", (base, url) => {
    expect(submoduleOrigin(url, base)).toBeUndefined();
  });
  test("credentials are left out", () => {
    expect(submoduleOrigin("https://me:secret@example.org/x?t=1", undefined)).toBe("https://example.org/x");
  });
});
