import { describe, expect, test } from "vitest";
import { createJudge, type Judged } from "../../../../src/domain/copy/member.ts";
import { UserError } from "../../../../src/errors.ts";

const SOURCES = [
  { name: "d", real: "/w/d" },
  { name: "f", real: "/w/f" },
];
type Row = [name: string, type?: string, target?: string];
const judgeAll = (rows: Row[], folds = false): string[] => {
  const judge = createJudge(SOURCES, folds);
  const word = (judged: Judged) =>
    judged.as === "left out" ? judged.why : `${judged.as} ${judged.index}:${judged.path}`;
  return rows.map(([name, type = "file", target = ""]) => word(judge({ name, type, target })));
};
const D: Row = ["/w/d/", "directory"];

describe("a member", () => {
  test("is a file, a directory or a link below the source it belongs to", () => {
    const rows: Row[] = [
      D,
      ["/w/d/a/", "directory"],
      ["/w/d/a/x"],
      ["/w/d/a/l", "symlink", "../y"],
      ["/w/f"],
    ];
    expect(judgeAll(rows)).toEqual(["directory 0:", "directory 0:a", "file 0:a/x", "link 0:a/l", "file 1:"]);
  });

  test.each([
    ["/w/d/../x", "name"],
    ["/w/d//x", "name"],
    ["/w/d/./x", "name"],
    ["/w/d/none/x", "name"],
    [`/w/d/${"n".repeat(256)}`, "name"],
    ["/w/d/.git", "git"],
    ["/w/d/.GIT/x", "git"],
    ["/w/d/git~1", "git"],
    ["/w/d/.g\u00e2\u0080\u008cit", "git"],
    ["/w/d/.gitModules", "git"],
  ])("%j is left out", (name, why) => expect(judgeAll([D, [name]])[1]).toBe(why));

  test.each([
    ["/etc/passwd"],
    ["../x"],
    ["../../x"],
    ["a/../x"],
    [".git/hooks"],
    [".GIT"],
    [""],
    ["C:\\x\0"],
  ])("a link to %j is left out", (target) =>
    expect(judgeAll([D, ["/w/d/l", "symlink", target]])[1]).toBe("link"),
  );

  test("a name or a target that is megabytes long is not looked at", () => {
    const slashes = `/w/d/${"/".repeat(4_000_000)}x`;
    expect(judgeAll([D, [slashes], ["/w/d/l", "symlink", slashes]])).toEqual([
      "directory 0:",
      "name",
      "link",
    ]);
  });

  test("a source itself is no link", () => expect(judgeAll([["/w/d", "symlink", "x"]])).toEqual(["link"]));

  test("what would make a directory a repository is left out", () => {
    const rows: Row[] = [
      D,
      ["/w/d/HEAD"],
      ["/w/d/l", "directory"],
      ["/w/d/l/HEAD", "symlink", "x"],
      ["/w/d/Head"],
    ];
    expect(judgeAll(rows).slice(1)).toEqual(["head", "directory 0:l", "head", "file 0:Head"]);
    expect(judgeAll(rows, true).at(-1)).toBe("head");
    expect(judgeAll([D, ["/w/d/HEAD/", "directory"]])[1]).toBe("directory 0:HEAD");
    const judge = createJudge([{ name: "HEAD", real: "/w/x" }], false);
    expect(judge({ name: "/w/x", type: "file", target: "" })).toEqual({ as: "left out", why: "head" });
  });

  test.each(["link", "fifo", "character-device", "block-device", "sparse", "pax-header"])(
    "a %s is left out",
    (type) => expect(judgeAll([D, ["/w/d/x", type, "/w/d"]])[1]).toBe("special"),
  );

  test.each([["/x"], ["/w/dd"], ["w/d/x"], ["/w/d/\u012e"]])("%j ends the copy", (name) => {
    expect(() => judgeAll([D, [name]])).toThrow(UserError);
  });

  test("nothing goes below a link, nor twice to one name", () => {
    const rows: Row[] = [D, ["/w/d/a", "directory"], ["/w/d/l", "symlink", "a"], ["/w/d/l/x"], ["/w/d/l"]];
    expect(judgeAll(rows).slice(2)).toEqual(["link 0:l", "name", "collision"]);
  });

  test("names that the file system takes for one collide", () => {
    const rows: Row[] = [D, ["/w/d/A"], ["/w/d/a"], ["/w/d/\u00c3\u00a9"], ["/w/d/e\u00cc\u0081"]];
    expect(judgeAll(rows, true).slice(1)).toEqual([
      "file 0:A",
      "collision",
      "file 0:\u00c3\u00a9",
      "collision",
    ]);
    expect(judgeAll(rows, false).slice(1)).not.toContain("collision");
  });
});
