// The guest's answer about what to save is a stranger's: an allowlist, or an error.
import { describe, expect, test } from "vitest";
import { parseSnapshot } from "../../../../../src/domain/sync/save/take-snapshot.ts";
import { UserError } from "../../../../../src/errors.ts";

const A = "a".repeat(40);
const answer = (...words: string[]) => [...words, ""].join("\0");
const WHOLE = ["=ref", A, "own/tree", "=regenerable", "3", "=kib", "2", "=done"];

test("a whole answer is read", () => {
  const found = parseSnapshot(
    answer(
      "=stash",
      A,
      "WIP on main: x",
      "=opaque",
      "nested/",
      "=stored",
      `f aa/bb/aabb${"c".repeat(60)} 7`,
      "=stored",
      "l aa/bb/other 3",
      "=on",
      "refs/heads/main",
      "=ref",
      A,
      "own/head",
      ...WHOLE,
    ),
  );
  expect(found).toEqual({
    refs: [
      { oid: A, name: "own/head" },
      { oid: A, name: "own/tree" },
    ],
    on: "refs/heads/main",
    head: A,
    stashes: [{ oid: A, message: "WIP on main: x" }],
    opaque: ["nested/"],
    stored: [
      {
        path: `.git/lfs/objects/aa/bb/aabb${"c".repeat(60)}`,
        pointer: { oid: `aabb${"c".repeat(60)}`, size: 7 },
      },
      { path: ".git/lfs/objects/aa/bb/other", pointer: undefined },
    ],
    large: [],
    left: [],
    regenerable: 3,
    bytes: 2048,
  });
});

describe("an answer is refused", () => {
  test.each([
    ["that is cut off", WHOLE.slice(0, -1)],
    ["without the tree", ["=ref", A, "own/head", "=done"]],
    ["with a name that leads elsewhere", ["=ref", A, "refs/heads/../../x", ...WHOLE]],
    ["with a name that is no reference's", ["=ref", A, "own/../x", ...WHOLE]],
    ["with a name with a space", ["=ref", A, "refs/heads/a b", ...WHOLE]],
    ["with something else than an object's id", ["=ref", "--upload-pack=x", "refs/heads/a", ...WHOLE]],
    ["with no object at all", ["=ref", "", "refs/heads/a", ...WHOLE]],
    ["with a size that is none", ["=kib", "-1", ...WHOLE]],
    ["with a large file out of its place", ["=stored", "f ../../x 1", ...WHOLE]],
    ["with an unknown word", ["=surprise", "1", ...WHOLE]],
  ])("%s", (_what, words) => expect(() => parseSnapshot(answer(...words))).toThrow(UserError));
});
