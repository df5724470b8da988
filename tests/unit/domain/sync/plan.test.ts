// Verdicts and plans for every combination of facts: no plan drops a commit or an edit.
import { describe, expect, test } from "vitest";
import type { Observation } from "../../../../src/domain/sync/parse.ts";
import { quoted } from "../../../../src/domain/sync/plan.ts";
import { planPush } from "../../../../src/domain/sync/push/plan-push.ts";
import { type Relation, verdictOf } from "../../../../src/domain/sync/verdict.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);

const relations: Relation[] = [undefined, A].flatMap((host) =>
  [undefined, A, B].flatMap((workspace) =>
    [
      undefined,
      "none" as const,
      ...[0, 1, 5].flatMap((h) => [0, 1, 5].map((w) => ({ host: h, workspace: w }))),
    ].map((counts) => ({ host, workspace, counts })),
  ),
);

const observation = (over: Partial<Observation>): Observation => ({
  state: "present",
  mark: "",
  operations: [],
  stashes: [],
  worktrees: [],
  refs: [],
  earlier: [],
  closed: [],
  nested: [],
  modules: [],
  unpopulated: [],
  objects: [],
  filtered: [],
  flagged: [],
  changed: [],
  untracked: [],
  ignored: [],
  regenerable: 0,
  carried: [],
  carriedAlone: [],
  ...over,
});

const trees: Observation[] = ["refs/heads/work", "refs/heads/side", undefined].flatMap((on) =>
  [[], ["x"]].flatMap((changed) =>
    [[], ["y"]].flatMap((ignored) =>
      [[], ["MERGE_HEAD"]].flatMap((operations) =>
        [[], [{ path: "/w", branch: "refs/heads/work" }]].map((worktrees) =>
          observation({ ...(on && { on }), changed, ignored, operations, worktrees }),
        ),
      ),
    ),
  ),
);

describe("push", () => {
  test("moves the workspace only where it has nothing of its own", () => {
    let pushes = 0;
    for (const relation of relations) {
      for (const seen of trees) {
        const verdict = verdictOf(relation);
        const plan = planPush("work", verdict, seen);
        if (plan.do !== "push") continue;
        pushes += 1;
        expect(["host ahead", "not in the workspace"]).toContain(verdict.kind);
        expect(seen.operations).toEqual([]);
        expect(seen.worktrees).toEqual([]);
        if (plan.intoTree) expect(seen.changed).toEqual([]);
        expect(plan.intoTree).toBe(seen.on === "refs/heads/work");
        expect(plan.checkPaths).toBe(plan.intoTree && seen.ignored.length > 0);
      }
    }
    expect(pushes).toBeGreaterThan(0);
  });
});

test("a branch in a hint is one word of a shell", () => {
  expect(quoted("feature/x")).toBe("feature/x");
  expect(quoted("a;b")).toBe("'a;b'");
  expect(quoted("it's")).toBe("'it'\\''s'");
});
