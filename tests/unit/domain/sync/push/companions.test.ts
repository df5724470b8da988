// Which references travel beside a branch.
import { expect, test } from "vitest";
import { refspecOf, whatIsMissing } from "../../../../../src/domain/sync/push/companions.ts";
import { refusedOf } from "../../../../../src/domain/sync/push/send.ts";

const [A, B] = ["a".repeat(40), "b".repeat(40)] as [string, string];

test("the base moves by force, a new tag is made, another one is left alone", () => {
  const tags = new Map([
    ["refs/tags/new", A],
    ["refs/tags/same", A],
    ["refs/tags/other", A],
  ]);
  const known = new Map([
    ["refs/remotes/host/main", B],
    ["refs/tags/same", A],
    ["refs/tags/other", B],
  ]);
  const { missing, otherTags } = whatIsMissing({ name: "main", oid: A }, tags, known);
  expect(missing.map(refspecOf)).toEqual([`+${A}:refs/remotes/host/main`, `${A}:refs/tags/new`]);
  expect(otherTags).toEqual(["refs/tags/other"]);
  expect(whatIsMissing({ name: "main", oid: B }, new Map(), known).missing).toEqual([]);
  expect(whatIsMissing(undefined, new Map(), known).missing).toEqual([]);
});

test("refused references are read from the flag alone", () => {
  const said = [
    "To ssh://x",
    ` \t${A}:refs/heads/a\t1..2`,
    `!\t${A}:refs/tags/v1\t[rejected] (already exists)`,
    "!\t:refs/x",
    "Done",
  ].join("\n");
  expect(refusedOf(said)).toEqual(["refs/tags/v1", "refs/x"]);
});
