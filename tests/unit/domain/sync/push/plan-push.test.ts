// What push would do in every combination of facts: no plan drops a commit, an edit, or moves without being asked.
import { describe, expect, test } from "vitest";
import {
  type PushPlan,
  type PushWay,
  planPush,
  type Seen,
} from "../../../../../src/domain/sync/push/plan-push.ts";
import { type Verdict, verdictOf } from "../../../../../src/domain/sync/verdict.ts";

const [H, W, S] = ["a", "b", "c"].map((letter) => letter.repeat(40)) as [string, string, string];
const REF = "refs/heads/work";

interface Case {
  verdict: ReturnType<typeof verdictOf>;
  seen: Seen;
  way: PushWay;
  /** The workspace has commits that the host's commit does not contain, or nobody can tell. */
  own: boolean;
}

const counts = [
  undefined,
  "none" as const,
  ...[0, 1, 3].flatMap((host) => [0, 1, 3].map((workspace) => ({ host, workspace }))),
];
const synced = [
  undefined,
  ...[undefined, true, false].flatMap((inHost) =>
    [undefined, true, false].map((inWorkspace) => ({ oid: S, inHost, inWorkspace })),
  ),
];

function* cases(): Generator<Case> {
  const met = new Set<string>();
  for (const workspace of [undefined, H, W])
    for (const count of counts)
      for (const last of synced) {
        const verdict = verdictOf({ host: H, workspace, counts: count, synced: last });
        const own = workspace === W && !(typeof count === "object" && count.workspace === 0);
        const key = JSON.stringify([workspace, own, verdict]);
        if (met.has(key)) continue;
        met.add(key);
        for (const seen of trees(workspace))
          for (const way of ["plain", "aside", "reset"] as const) yield { verdict, seen, way, own };
      }
}

const elsewhere = (branch: string) => ({ path: "/w", branch });

function* trees(tip: string | undefined): Generator<Seen> {
  for (const on of [REF, "refs/heads/side", undefined])
    for (const changed of [[], ["x"]])
      for (const untracked of [[], ["u"]])
        for (const ignored of [[], ["i"]])
          for (const operations of [[], ["MERGE_HEAD"]])
            for (const worktrees of [[], [elsewhere(REF)], [elsewhere("refs/heads/side")]])
              for (const locked of [false, true])
                for (const last of [undefined, S, tip])
                  yield {
                    ...(tip !== undefined && { tip }),
                    ...(on !== undefined && { on }),
                    ...{ changed, untracked, ignored, operations, worktrees, locked, synced: last },
                  };
}

const isBusy = ({ operations, worktrees }: Seen) =>
  operations.length > 0 || worktrees.some(({ branch }) => branch === REF);

/** Nothing is there that a push could lose, or would have to leave out. */
const isFree = ({ seen, way, own }: Case) =>
  !(own && way === "plain") &&
  !isBusy(seen) &&
  !(seen.on === REF && (seen.changed.length > 0 || seen.locked));

/** What no plan may do; the rules are written here once more, apart from the code that plans. */
function loses({ verdict, seen, way, own }: Case, plan: PushPlan): boolean {
  if (plan.do === "refuse") return false;
  if (plan.do === "nothing") return verdict.kind !== "equal";
  if (plan.do === "aside") return way !== "aside";
  if (plan.do === "push" && own) return true;
  if (plan.do === "reset" && (way !== "reset" || plan.keep !== seen.tip || !own)) return true;
  if (isBusy(seen) || plan.intoTree !== (seen.on === REF)) return true;
  if (plan.intoTree && (seen.changed.length > 0 || seen.locked)) return true;
  if (plan.do === "reset") return false;
  return plan.checkPaths !== (plan.intoTree && seen.untracked.length + seen.ignored.length > 0);
}

describe("push", () => {
  test("never drops a commit, an edit or a file, whatever is true and asked for, and refuses for nothing else", () => {
    const done = new Set<string>();
    const wrong: string[] = [];
    for (const one of cases()) {
      const plan = planPush("work", one.verdict, one.seen, one.way);
      done.add(`${one.way} ${plan.do}`);
      const needless = plan.do === "refuse" && isFree(one);
      if (loses(one, plan) || needless) wrong.push(JSON.stringify({ ...one, plan }));
    }
    expect(wrong).toEqual([]);
    expect([...done].sort()).toEqual([
      "aside aside",
      "aside nothing",
      "plain nothing",
      "plain push",
      "plain refuse",
      "reset nothing",
      "reset push",
      "reset refuse",
      "reset reset",
    ]);
  });

  test("a refusal names the verdict or the obstacle, and a command to type", () => {
    const hints = { plain: new Set<string>(), reset: new Set<string>(), aside: new Set<string>() };
    for (const { verdict, seen, way } of cases()) {
      const plan = planPush("a b", verdict, seen, way);
      if (plan.do === "refuse") hints[way].add(plan.why.hint);
    }
    for (const hint of [...hints.plain, ...hints.reset]) {
      expect(hint).toMatch(/agent-vm (fetch|connect|push --reset) 'a b'/);
    }
    expect([...hints.reset].join()).not.toContain("--reset");
    expect(hints.aside.size).toBe(0);
  });

  test("only a workspace without commits of its own is sent to --reset first", () => {
    const rewritten = (by: "host" | "workspace") =>
      ({ kind: "rewritten", by, host: 1, workspace: 1 }) as const;
    const nothing = {
      operations: [],
      worktrees: [],
      changed: [],
      untracked: [],
      ignored: [],
      on: REF,
      tip: W,
    };
    const hint = (last: string, verdict: Verdict = rewritten("host")) => {
      const plan = planPush("work", verdict, { ...nothing, synced: last });
      return plan.do === "refuse" ? plan.why.hint : "";
    };
    expect(hint(W)).toContain("push --reset");
    expect(hint(S)).toContain("agent-vm fetch work");
    expect(hint(W, rewritten("workspace"))).toContain("agent-vm fetch work");
    expect(hint(W, { kind: "diverged", host: 1, workspace: 1 })).toContain("agent-vm fetch work");
  });
});
