// What the guest says is read by an allowlist: anything else is an error and never a value.
import { describe, expect, test } from "vitest";
import { parseObservation } from "../../../../src/domain/sync/parse.ts";
import { unsavedIn } from "../../../../src/domain/sync/save/work.ts";
import { parseOverview } from "../../../../src/domain/sync/told.ts";
import { UserError } from "../../../../src/errors.ts";

const A = "a".repeat(40);
const join = (...words: string[]) => words.map((word) => `${word}\0`).join("");
const latin1 = (text: string) => Buffer.from(text, "utf8").toString("latin1");

// Recorded from git 2.39 (names shortened).
const RECORD = join(
  "=mark",
  "f".repeat(32),
  "=refs",
  `*${A} refs/heads/work\n ${A} refs/tags/=status`,
  "=tip",
  A,
  "=relation",
  "0\t1",
  "=operation",
  "MERGE_HEAD",
  "=stashes",
  A,
  "=worktrees",
  "worktree /home/agent/workspace/shop-work",
  `HEAD ${A}`,
  "branch refs/heads/work",
  "",
  "worktree /home/agent/other",
  `HEAD ${A}`,
  "detached",
  "",
  "=flagged",
  "h a b.txt",
  "=status",
  `1 .M N... 100644 100644 100644 ${A} ${A} a b.txt`,
  `u UU N... 100644 100644 100644 100644 ${A} ${A} ${A} both.txt`,
  `? ${latin1("ü/")}`,
  "! =done",
  "=done",
);

describe("an observation", () => {
  test("tells directories that cannot be read, whatever follows", () => {
    const closed = ["=closed", "./a", "./=status"];
    expect(parseObservation(join(...closed) + RECORD)).toMatchObject({
      state: "present",
      closed: ["./a", "./=status"],
    });
    expect(parseObservation(join(...closed, "=broken"))).toMatchObject({
      state: "broken",
      closed: ["./a", "./=status"],
    });
    expect(parseObservation(join("=closed", "=foreign"))).toMatchObject({ state: "foreign", closed: [] });
    expect(parseObservation(join("=closed", "./"))).toMatchObject({ state: "broken" });
  });

  test("is read whole", () => {
    expect(parseObservation(RECORD)).toMatchObject({
      state: "present",
      mark: "f".repeat(32),
      head: A,
      on: "refs/heads/work",
      tip: A,
      relation: { host: 0, workspace: 1 },
      operations: ["MERGE_HEAD"],
      stashes: [A],
      worktrees: [{ path: "/home/agent/other", head: A }],
      refs: [
        { oid: A, name: "refs/heads/work" },
        { oid: A, name: "refs/tags/=status" },
      ],
      flagged: ["a b.txt"],
      changed: ["a b.txt", "both.txt"],
      untracked: ["ü/"],
      ignored: ["=done"],
    });
  });

  test("without its end is broken, and broken is work", () => {
    const cut = RECORD.slice(0, RECORD.lastIndexOf("=done"));
    for (const record of [cut, `${RECORD}=broken\0`, ""]) {
      const seen = parseObservation(record);
      expect(seen.state).toBe("broken");
      expect(unsavedIn(seen, new Set())).toHaveLength(1);
    }
  });

  test.each([
    ["an id that is none", join("=tip", "--upload-pack=x", "=done")],
    ["an unknown fact", join("=evil", "x", "=done")],
    ["an entry outside a list", join("hello", "=done")],
    ["a count that is none", join("=relation", "1e9", "=done")],
    ["a reference without an id", join("=refs", " x refs/heads/a", "=done")],
    ["a reference without a mark", join("=refs", `${A} refs/heads/a`, "=done")],
    ["a status line of another kind", join("=status", "2 R. x", "=done")],
  ])("with %s is refused", (_, record) => expect(() => parseObservation(record)).toThrow(UserError));
});

describe("an overview", () => {
  test("frames by size, whatever a record holds", () => {
    const record = join("=end", "=observations");
    const sizes = join("shop-work", `${record.length}`, "shop-b", "1");
    const answer = `${join("n/shop-work", "n/=observations", "=observations")}${sizes}${join("=facts")}${record}\0=end\0`;
    const { names, observations } = parseOverview(answer);
    expect(names).toEqual(["shop-work", "=observations"]);
    expect(observations.get("shop-work")?.state).toBe("broken");
  });

  test.each([
    "",
    "n/x",
    "x\0",
    join("=observations", "a", "-1"),
    join("=observations", "a", "-1", "=facts", "=end"),
    join("=observations", "a", "99999", "=facts", "=end"),
    join("=observations", "a", "0", "=facts", "more", "=end"),
    join("=observations", "=facts"),
  ])("that is cut off or odd is refused: %j", (answer) =>
    expect(() => parseOverview(answer)).toThrow(UserError),
  );

  test("tells a branch that is checked out by its mark alone, or by name where no branch has it", () => {
    const detached = parseObservation(join("=refs", ` ${A} refs/heads/work`, "=head", A, "=on", "", "=done"));
    expect(detached).toMatchObject({ head: A, refs: [{ oid: A, name: "refs/heads/work" }] });
    expect(detached.on).toBeUndefined();
    const unborn = parseObservation(join("=refs", "", "=head", "", "=on", "refs/heads/new", "=done"));
    expect(unborn).toMatchObject({ on: "refs/heads/new", refs: [] });
    expect(unborn.head).toBeUndefined();
  });
});

describe("what is said of submodules", () => {
  const inside = (...words: string[]) => words.map((word) => `m${word}`);
  const said = (...words: string[]) => join("=mark", "", "=modules", ...words, "=status", "=done");

  test("is read as what is said of the workspace, each by itself", () => {
    const facts = ["=head", A, "=on", "", "=refs", ` ${A} refs/heads/main`, "=status", "? new.txt", "=done"];
    const { modules } = parseObservation(
      said("nlibs/x", "wlibs/x", ...inside(...facts), "nlibs/x/modules/y", ...inside("=head", "")),
    );
    expect(modules.map(({ name, worktree, seen }) => [name, worktree, seen.state])).toEqual([
      ["libs/x", "libs/x", "present"],
      ["libs/x/modules/y", undefined, "broken"],
    ]);
    expect(modules[0]?.seen).toMatchObject({ head: A, untracked: ["new.txt"] });
    expect(unsavedIn(parseObservation(said("nx", ...inside(...facts))), new Set())).toEqual([
      `in the submodule x: commits the host has not: branch main at ${A.slice(0, 10)}`,
      `in the submodule x: commits the host has not: detached HEAD at ${A.slice(0, 10)}`,
      "in the submodule x: untracked: new.txt",
    ]);
  });

  test("is work when git cannot read one", () => {
    const [line] = unsavedIn(parseObservation(said("nx", "wx", ...inside("=head", ""))), new Set());
    expect(line).toContain("in the submodule x: git cannot read its repository");
  });

  test("is refused when it is anything else", () => {
    for (const words of [["m=done"], ["wx"], ["nx", "zx"], ["nx", "m=modules", "m=done"], ["nx", "mloose"]])
      expect(() => parseObservation(said(...words, ...inside("=done")))).toThrow(UserError);
  });
});
