// How references leave a shallow repository.
import { expect, test } from "vitest";
import { oneByOne } from "../../../../src/domain/clones/shallow.ts";

test("branches go one by one, and then all tags together", () => {
  const refs = ["refs/heads/a", "refs/tags/1", "refs/remotes/host/main", "refs/tags/2"].map((ref) => ({
    ref,
  }));
  expect(oneByOne(refs).map((group) => group.map(({ ref }) => ref))).toEqual([
    ["refs/heads/a"],
    ["refs/remotes/host/main"],
    ["refs/tags/1", "refs/tags/2"],
  ]);
  expect(oneByOne([])).toEqual([]);
});
