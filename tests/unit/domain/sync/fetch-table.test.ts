// Verdict and fetch plan for every combination of commits, trees and ways, generated: no plan drops a commit.
import { describe, expect, test } from "vitest";
import {
  type Checkout,
  type FetchFacts,
  type FetchPlan,
  fetchCommand,
  planFetch,
  type Way,
} from "../../../../src/domain/sync/fetch/plan-fetch.ts";
import {
  type Counts,
  dirtText,
  type Verdict,
  verdictOf,
  verdictText,
} from "../../../../src/domain/sync/verdict.ts";

type Graph = Readonly<Record<string, readonly string[]>>;

/** Lines that part and meet, and a second root. */
const GRAPH: Graph = {
  root: [],
  a: ["root"],
  b: ["a"],
  b2: ["b"],
  c: ["a"],
  c2: ["c"],
  met: ["b2", "c2"],
  stranger: [],
  stranger2: ["stranger"],
};
const COMMITS = Object.keys(GRAPH);
const MAYBE = [undefined, ...COMMITS];

const walk = (tip: string, graph: Graph): Set<string> =>
  new Set([tip, ...(graph[tip] ?? []).flatMap((parent) => [...walk(parent, graph)])]);

const HISTORIES = new Map(COMMITS.map((commit) => [commit, walk(commit, GRAPH)]));

function history(tip: string | undefined, graph: Graph = GRAPH): Set<string> {
  if (tip === undefined) return new Set();
  return HISTORIES.get(tip) ?? walk(tip, graph);
}

const has = (tip: string | undefined, commit: string | undefined): boolean =>
  commit !== undefined && history(tip).has(commit);

function count(host: string, workspace: string): Counts {
  const [ours, theirs] = [history(host), history(workspace)];
  if (![...ours].some((one) => theirs.has(one))) return "none";
  const only = (one: Set<string>, other: Set<string>) => [...one].filter((oid) => !other.has(oid)).length;
  return { host: only(ours, theirs), workspace: only(theirs, ours) };
}

function verdictFor(host: string | undefined, workspace: string | undefined, synced?: string): Verdict {
  return verdictOf({
    host,
    workspace,
    counts: host !== undefined && workspace !== undefined ? count(host, workspace) : undefined,
    synced: synced && { oid: synced, inHost: has(host, synced), inWorkspace: has(workspace, synced) },
  } as Parameters<typeof verdictOf>[0]);
}

interface Case {
  host: string | undefined;
  workspace: string | undefined;
  synced: string | undefined;
}

const CASES: Case[] = MAYBE.flatMap((host) =>
  MAYBE.flatMap((workspace) => MAYBE.map((synced) => ({ host, workspace, synced }))),
);

const clean: Checkout = { path: "/w", changed: [], operations: [] };
const TREES: Record<string, Checkout[]> = {
  none: [],
  clean: [clean],
  changed: [{ ...clean, changed: ["x"] }],
  arrived: [{ ...clean, changed: ["x"], arrived: true }],
  operation: [{ ...clean, operations: ["MERGE_HEAD"] }],
  unusable: [{ ...clean, unusable: "whose directory is gone" }],
  two: [clean, { ...clean, path: "/v" }],
};
const WAYS: Way[] = [
  { how: "forward" },
  { how: "merge" },
  { how: "rebase", of: "host" },
  { how: "rebase", of: "workspace" },
  { how: "reset" },
];

/** The rule in other words than the code's: the files may follow. */
const mayFollow = (tree: string, toWorkspace: boolean) =>
  ["none", "clean"].includes(tree) || (tree === "arrived" && toWorkspace);

/** The rule in other words than the code's: what must be refused. */
function mustRefuse({ host, workspace, synced }: Case, tree: string, way: Way): boolean {
  if (workspace === undefined) return true;
  if (host === undefined) return tree !== "none";
  if (host === workspace) return false;
  if (has(host, workspace) && way.how !== "reset") return false;
  const allowed = (() => {
    if (has(workspace, host) || way.how === "reset") return true;
    if (count(host, workspace) === "none") return false;
    if (synced !== undefined && !(has(host, synced) && has(workspace, synced))) return false;
    return way.how !== "forward";
  })();
  const toWorkspace = has(workspace, host) || way.how === "reset";
  return !allowed || !mayFollow(tree, toWorkspace);
}

/** The references and the graph after the plan, as the steps would leave them. */
function apply(plan: FetchPlan, host: string | undefined, workspace: string) {
  const graph: Record<string, readonly string[]> = { ...GRAPH };
  const refs: Record<string, string> = { mirror: workspace, workspace };
  if (host !== undefined) refs["host"] = host;
  if (plan.do === "create") refs[plan.branch] = workspace;
  if (plan.do !== "advance") return { graph, refs };
  if (plan.keep) refs["kept"] = plan.from;
  if (plan.how === "forward" || plan.how === "reset") refs[plan.branch] = workspace;
  else if (plan.how === "merge") {
    graph["merge"] = [plan.from, workspace];
    refs[plan.branch] = "merge";
  } else {
    // Replayed commits are new ones: only the tip they lie on is reachable from them.
    graph["replayed"] = [plan.how === "rebase host" ? workspace : plan.from];
    refs[plan.branch] = "replayed";
  }
  return { graph, refs };
}

const factsOf = (one: Case, tree: string, way: Way): FetchFacts => ({
  branch: "host",
  of: "host",
  host: one.host,
  verdict: verdictFor(one.host, one.workspace, one.synced),
  checkouts: TREES[tree] ?? [],
  ref: "refs/agent-vm/shop-work/heads/work",
  way,
});

describe(`the verdict on ${CASES.length} combinations`, () => {
  test("is what the graph says", () => {
    const seen = new Set<string>();
    for (const { host, workspace, synced } of CASES) {
      const verdict = verdictFor(host, workspace, synced);
      seen.add(verdict.kind);
      const name = `${host} ${workspace} ${synced}: ${verdictText(verdict)}`;
      if (workspace === undefined) expect(verdict.kind, name).toBe("not in the workspace");
      else if (host === undefined) expect(verdict.kind, name).toBe("not on the host");
      else if (host === workspace) expect(verdict.kind, name).toBe("equal");
      else if (has(host, workspace)) expect(verdict.kind, name).toBe("host ahead");
      else if (has(workspace, host)) expect(verdict.kind, name).toBe("workspace ahead");
      else if (count(host, workspace) === "none") expect(verdict.kind, name).toBe("no common history");
      else if (synced === undefined || (has(host, synced) && has(workspace, synced)))
        expect(verdict, name).toEqual({ kind: "diverged", ...(count(host, workspace) as object) });
      else {
        const by = { "true false": "workspace", "false true": "host", "false false": "both" };
        const lost = `${has(host, synced)} ${has(workspace, synced)}` as keyof typeof by;
        expect(verdict, name).toEqual({
          kind: "rewritten",
          by: by[lost],
          ...(count(host, workspace) as object),
        });
      }
      if (host === undefined || workspace === undefined)
        expect("deleted" in verdict, name).toBe(synced !== undefined);
    }
    expect(seen.size).toBe(8);
  });

  test("without anybody's count is never harmless", () => {
    const sides = [undefined, true, false];
    for (const inHost of sides) {
      for (const inWorkspace of sides) {
        const synced = { oid: "a", inHost, inWorkspace };
        const { kind } = verdictOf({ host: "b", workspace: "c", counts: undefined, synced });
        expect(kind).toBe(inHost === false || inWorkspace === false ? "rewritten" : "diverged");
      }
    }
  });

  test("has words for each kind", () => {
    expect(verdictText({ kind: "diverged", host: 2, workspace: 1 })).toBe("diverged (host 2, workspace 1)");
    expect(verdictText({ kind: "host ahead", host: 3 })).toBe("host ahead 3");
    expect(verdictText({ kind: "rewritten", by: "both" })).toBe("rewritten on both sides");
    expect(verdictText({ kind: "diverged" })).toBe("diverged");
    expect(verdictText({ kind: "not on the host", deleted: true })).toBe("branch deleted on the host");
    expect(verdictText({ kind: "not on the host" })).toBe("not on the host");
    expect(verdictText({ kind: "not in the workspace" })).toBe("not in the workspace");
    expect(dirtText({ changed: 1, untracked: 0, ignored: 12, stashes: 0 })).toBe("changed 1, ignored 12");
  });
});

const TABLE = Object.keys(TREES).flatMap((tree) => WAYS.map((way) => [tree, way] as const));

describe(`the plan of a fetch: ${CASES.length * TABLE.length} combinations`, () => {
  test.each(TABLE)("a tree that is %s, %j", (tree, way) => {
    const wrong: string[] = [];
    for (const one of CASES) {
      const { host, workspace } = one;
      const plan = planFetch(factsOf(one, tree, way));
      const must = (holds: boolean, what: string) => {
        if (!holds) wrong.push(`${host} ${workspace} ${one.synced}: ${plan.do} ${what}`);
      };
      must((plan.do === "refuse") === mustRefuse(one, tree, way), "is the wrong answer");
      if (plan.do === "refuse") must(/agent-vm |git /.test(plan.why.hint), "names no command");
      if (workspace === undefined) continue;
      if (plan.do === "refuse")
        must(plan.why.details.join().includes("refs/agent-vm/"), "names no reference");
      const { graph, refs } = apply(plan, host, workspace);
      const reachable = new Set(Object.values(refs).flatMap((ref) => [...history(ref, graph)]));
      for (const commit of [...history(host), ...history(workspace)])
        must(reachable.has(commit), `drops ${commit}`);
      if (plan.do !== "advance" || host === undefined) continue;
      const gains = history(refs["host"], graph).has(host);
      must(plan.from === host && plan.path === (tree === "none" ? undefined : "/w"), "starts elsewhere");
      must(gains !== plan.keep, "keeps no name for what it leaves, or one for what it has");
      // Without a way chosen the branch only gains.
      must(gains || way.how !== "forward", "goes back");
    }
    expect(wrong).toEqual([]);
  });

  test("--as never moves a branch backwards, nor the host's own", () => {
    const done = new Set<string>();
    const wrong: string[] = [];
    const way: Way = { how: "as", branch: "other" };
    for (const tree of Object.keys(TREES)) {
      for (const { host, workspace } of CASES.filter((one) => one.synced === undefined)) {
        if (workspace === undefined) continue;
        for (const tip of MAYBE) {
          const as = { tip, verdict: verdictFor(tip, workspace) };
          const facts = factsOf(
            { host, workspace, synced: undefined },
            tip === undefined ? "none" : tree,
            way,
          );
          const plan = planFetch({ ...facts, as });
          done.add(plan.do);
          const { graph, refs } = apply(plan, host, workspace);
          const forward = tip !== workspace && has(workspace, tip);
          const refuse = tip !== undefined && !has(tip, workspace) && !(forward && mayFollow(tree, true));
          const right =
            refs["host"] === host &&
            ((plan.do !== "create" && plan.do !== "advance") || plan.branch === "other") &&
            (plan.do === "refuse") === refuse &&
            (plan.do !== "advance" || history(refs["other"], graph).has(tip ?? ""));
          if (!right) wrong.push(`${tree} ${host} ${workspace} ${tip}: ${plan.do}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect([...done].sort()).toEqual(["advance", "create", "nothing", "refuse"]);
  });
});

test.each<[string, Parameters<typeof fetchCommand>[1]]>([
  ["", { way: { how: "forward" }, all: false, wip: false, from: "a b" }],
  [" --merge --all", { way: { how: "merge" }, all: true, wip: false, from: "a b" }],
  [" --rebase host --wip", { way: { how: "rebase", of: "host" }, all: false, wip: true, from: "a b" }],
  [" --reset", { way: { how: "reset" }, all: false, wip: false, from: "a b" }],
  [" --as c", { way: { how: "as", branch: "c" }, all: false, wip: false, from: "a b" }],
  [" --as 'a b'", { way: { how: "as", branch: "a b" }, all: false, wip: false, from: "a b" }],
  [" --from side", { way: { how: "as", branch: "side" }, all: false, wip: false, from: "side" }],
  [" --from side --as c", { way: { how: "as", branch: "c" }, all: false, wip: false, from: "side" }],
])("a fetch is typed again as it was:%s", (words, typed) => {
  expect(fetchCommand("a b", typed)).toBe(`agent-vm fetch 'a b'${words}`);
});

test("only a branch that was rewritten on the host alone may be pushed instead", () => {
  const details = (verdict: Verdict) => {
    const host = { path: "/w", changed: [], operations: [] };
    const facts = { branch: "b", of: "b", host: "a", checkouts: [host], ref: "refs/x", verdict };
    const plan = planFetch({ ...facts, way: { how: "forward" } });
    return plan.do === "refuse" ? plan.why.details.join() : "";
  };
  const push = "agent-vm push b --reset";
  expect(details({ kind: "rewritten", by: "host" })).toContain(push);
  for (const by of ["workspace", "both"] as const)
    expect(details({ kind: "rewritten", by })).not.toContain(push);
  expect(details({ kind: "no common history" })).not.toContain(push);
});
