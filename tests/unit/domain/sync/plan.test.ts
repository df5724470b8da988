// Verdicts and plans for every combination of facts: no plan drops a commit or an edit.
import { describe, expect, test } from "vitest";
import type { Observation } from "../../../../src/domain/sync/parse.ts";
import { quoted } from "../../../../src/domain/sync/plan.ts";
import { type Checkout, planFetch } from "../../../../src/domain/sync/plan-fetch.ts";
import { planPush } from "../../../../src/domain/sync/plan-push.ts";
import { type Relation, verdictOf, verdictText } from "../../../../src/domain/sync/verdict.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const REF = "refs/agent-vm/shop-work/heads/work";

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
  operations: [],
  stashes: [],
  worktrees: [],
  refs: [],
  flagged: [],
  changed: [],
  untracked: [],
  ignored: [],
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

const checkouts: Checkout[][] = [
  [],
  ...[[], ["x"]].flatMap((changed) =>
    [[], ["MERGE_HEAD"]].flatMap((operations) =>
      [undefined, "gone"].map((unusable) => [
        { path: "/w", changed, operations, ...(unusable && { unusable }) },
      ]),
    ),
  ),
  [
    { path: "/w", changed: [], operations: [] },
    { path: "/v", changed: [], operations: [] },
  ],
];

describe("the verdict", () => {
  test("never calls a side's own commits nothing", () => {
    for (const relation of relations) {
      const { kind } = verdictOf(relation);
      const { counts, host, workspace } = relation;
      if (host === undefined || workspace === undefined || host === workspace) continue;
      if (typeof counts === "object" && counts.workspace > 0)
        expect(kind).toMatch(/^(workspace ahead|diverged)$/);
      if (typeof counts === "object" && counts.host > 0) expect(kind).toMatch(/^(host ahead|diverged)$/);
      if (counts === undefined) expect(kind).toBe("diverged");
      expect(kind).not.toBe("equal");
    }
  });

  test("has words with numbers", () => {
    expect(verdictText({ kind: "diverged", host: 2, workspace: 1 })).toBe("diverged (host 2, workspace 1)");
    expect(verdictText({ kind: "host ahead", host: 3 })).toBe("host ahead 3");
  });
});

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

describe("fetch", () => {
  test("moves the host's branch only forward, and its files only when they are clean", () => {
    const done = new Set<string>();
    for (const relation of relations) {
      for (const places of checkouts) {
        const verdict = verdictOf(relation);
        const plan = planFetch({ branch: "work", host: relation.host, verdict, checkouts: places, ref: REF });
        done.add(plan.do);
        if (plan.do === "create") expect(relation.host).toBeUndefined();
        if (plan.do === "move" || plan.do === "follow") {
          expect(verdict.kind).toBe("workspace ahead");
          expect(plan.from).toBe(relation.host);
        }
        if (plan.do === "move") expect(places).toEqual([]);
        if (plan.do === "follow") expect(places).toEqual([{ path: "/w", changed: [], operations: [] }]);
        if (plan.do === "refuse") expect(plan.why.details.join()).toContain(REF);
      }
    }
    expect([...done].sort()).toEqual(["create", "follow", "move", "nothing", "refuse"]);
  });
});

test("a branch in a hint is one word of a shell", () => {
  expect(quoted("feature/x")).toBe("feature/x");
  expect(quoted("a;b")).toBe("'a;b'");
  expect(quoted("it's")).toBe("'it'\\''s'");
});
