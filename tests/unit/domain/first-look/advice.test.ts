// What `agent-vm` alone says in each situation: what is there, and one thing to type.
import { describe, expect, test } from "vitest";
import { advise, type Facts } from "../../../../src/domain/first-look/advice.ts";
import type { ListedSession } from "../../../../src/domain/session/list.ts";
import { STATES } from "../../../../src/domain/vm/state.ts";
import type { Workspace } from "../../../../src/domain/workspace/registry.ts";
import { widthOf } from "../../../../src/guard/width.ts";

const workspace = (branch: string) =>
  ({ dir: `shop-${branch}`, repoId: "a".repeat(32), repoName: "shop", branch }) as Workspace;
const session = (dir: string, state: string, kind = "agent") =>
  ({ id: "0".repeat(16), dir, state, kind, agent: "claude", title: "make", guessed: false }) as ListedSession;

const facts = (change: Partial<Facts> = {}): Facts => ({
  vm: "agent-vm",
  state: "running",
  busy: undefined,
  repo: { name: "shop", begun: true, branch: "main" },
  workspaces: [workspace("one"), workspace("two")],
  elsewhere: 0,
  sessions: [],
  program: "agent-vm",
  git: "git",
  ...change,
});
const next = (change: Partial<Facts>) => advise(facts(change), 80).next;

describe("the next thing is", () => {
  test.each<[string, Partial<Facts>, string]>([
    [
      "a first branch, with nothing there",
      { state: "missing", workspaces: [] },
      "agent-vm connect first-branch",
    ],
    [
      "a repository, with nothing there and outside of one",
      { state: "missing", workspaces: [], repo: undefined },
      "cd <a git repository> && agent-vm connect first-branch",
    ],
    [
      "a first commit",
      { workspaces: [], repo: { name: "shop", begun: false, branch: "main" } },
      "git commit --allow-empty -m start",
    ],
    ["the newest workspace", {}, "agent-vm connect two"],
    [
      "the workspace of the branch that is checked out",
      { repo: { name: "shop", begun: true, branch: "one" } },
      "agent-vm connect one",
    ],
    ["a workspace, also of a stopped VM", { state: "stopped", sessions: undefined }, "agent-vm connect two"],
    ["who waits", { sessions: [session("shop-one", "waiting")] }, "agent-vm attach one"],
    ["who waits elsewhere", { sessions: [session("other-x", "waiting")] }, "agent-vm ps"],
    [
      "no shell at its prompt",
      { sessions: [session("shop-one", "waiting", "shell")] },
      "agent-vm connect two",
    ],
    [
      "to look, outside of a repository",
      { repo: undefined, workspaces: [], elsewhere: 2 },
      "agent-vm status",
    ],
    [
      "to start, outside of a repository",
      { repo: undefined, workspaces: [], state: "stopped" },
      "agent-vm start",
    ],
    ["to go on with a making", { state: "half-made" }, "agent-vm start"],
    ["to wait for another command", { state: "starting", busy: "agent-vm start" }, "agent-vm status"],
    ["the doctor", { state: "not answering" }, "agent-vm doctor"],
    ["for another VM", { program: "agent-vm --vm other" }, "agent-vm --vm other connect two"],
    ["quoted", { workspaces: [workspace("$(id)")] }, "agent-vm connect '$(id)'"],
  ])("%s", (_name, change, line) => expect(next(change)).toBe(line));

  test.each(STATES)("one line in the state %s", (state) => {
    const { lines, next: line } = advise(facts({ state }), 80);
    expect(lines[0]).toContain("agent-vm");
    expect(line).toMatch(/^agent-vm \S/);
  });
});

test("workspaces are shown with their most urgent session, and no more than a few", () => {
  const many = Array.from({ length: 14 }, (_, at) => workspace(`b${at}`));
  const { lines } = advise(facts({ workspaces: many, sessions: [session("shop-b13", "waiting")] }), 80);
  expect(lines).toContain("This repository has 14 workspaces:");
  expect(lines).toContain("  b13  claude waits for you");
  expect(lines).toContain("  and 4 more");
});

test("a narrow terminal's lines are cut", () => {
  const { lines } = advise(facts({ workspaces: [workspace("a".repeat(60))] }), 30);
  expect(Math.max(...lines.slice(2).map(widthOf))).toBeLessThanOrEqual(30);
});
