// What is told between two moments.
import { describe, expect, test } from "vitest";
import type { ListedSession } from "../../../../src/domain/session/list.ts";
import type { SessionId } from "../../../../src/domain/session/names.ts";
import { eventsBetween } from "../../../../src/domain/watch/events.ts";
import { type Facts, NOTHING_SEEN } from "../../../../src/domain/watch/facts.ts";
import type { WorkspaceStatus } from "../../../../src/domain/workspace/describe.ts";

const session = (change: Partial<ListedSession> = {}): ListedSession => ({
  ...{
    id: "0123456789abcdef" as SessionId,
    dir: "shop-work",
    branch: "work",
    repo: "shop",
    name: "shop-work",
  },
  ...{
    kind: "agent",
    agent: "claude",
    title: "claude",
    state: "working",
    guessed: false,
    exitCode: undefined,
    reason: undefined,
  },
  ...{ started: 1, since: 1, attached: 0, lastLine: "", memory: 0, cpu: 0 },
  ...change,
});
const workspace = (tip: string, change: Partial<WorkspaceStatus> = {}): WorkspaceStatus => ({
  ...{
    dir: "shop-work",
    branch: "work",
    repo: "shop",
    state: "present",
    verdict: { kind: "workspace ahead", workspace: 1 },
  },
  ...{ changed: 0, untracked: 0, ignored: 0, stashes: 0, operations: [], otherBranches: [], submodules: [] },
  ...{ tip, last: { time: 100, subject: "it" } },
  ...change,
});
const facts = (change: Partial<Facts> = {}): Facts => ({
  ...NOTHING_SEEN,
  connected: true,
  sessions: [],
  ...change,
});
const names = (before: Facts | undefined, after: Facts) =>
  eventsBetween(before, after).map((one) => one.event);
const other = session({ id: "1111111111111111" as SessionId });

describe("of sessions", () => {
  const one = session();
  const failed = session({ state: "failed", exitCode: 2 });
  test.each<[string, ListedSession[], ListedSession[], string[]]>([
    ["nothing new", [one], [one], []],
    ["a new one", [], [one], ["started"]],
    ["a new one beside another", [one], [other, one], ["started"]],
    ["a new one that waits already", [], [session({ state: "waiting" })], ["started", "waiting"]],
    ["one that came and went unseen", [], [failed], ["started", "failed"]],
    ["it waits", [one], [session({ state: "waiting" })], ["waiting"]],
    ["it works again", [session({ state: "waiting" })], [one], ["working"]],
    ["it went quiet", [one], [session({ state: "idle", guessed: true })], ["idle"]],
    ["it has finished", [one], [session({ state: "finished", exitCode: 0 })], ["finished"]],
    ["it has failed", [one], [failed], ["failed"]],
    ["it was killed", [one], [session({ state: "killed" })], ["killed"]],
    ["the VM ended it", [one], [session({ state: "lost" })], ["lost"]],
    ["its record was removed", [failed], [], []],
    [
      "a shell that works and idles",
      [session({ kind: "shell", state: "idle" })],
      [session({ kind: "shell" })],
      [],
    ],
    [
      "a shell that ends",
      [session({ kind: "shell" })],
      [session({ kind: "shell", state: "finished" })],
      ["finished"],
    ],
    ["more memory, another line", [one], [session({ memory: 1, lastLine: "x", cpu: 3 })], []],
  ])("%s", (_name, before, after, told) => {
    expect(names(facts({ sessions: before }), facts({ sessions: after }))).toEqual(told);
  });

  test("the first look tells those that live as they are", () => {
    const events = eventsBetween(undefined, facts({ sessions: [session({ state: "waiting" }), failed] }));
    expect(events).toEqual([
      { event: "connected", vm: "running" },
      expect.objectContaining({ event: "waiting", initial: true, branch: "work" }),
    ]);
  });

  test("an exit code is told, and what is a guess", () => {
    const [event] = eventsBetween(facts({ sessions: [one] }), facts({ sessions: [failed] }));
    expect(event).toMatchObject({ event: "failed", exitCode: 2, guessed: false, agent: "claude" });
    const idle = session({ state: "idle", guessed: true });
    expect(eventsBetween(facts({ sessions: [one] }), facts({ sessions: [idle] }))[0]).toMatchObject({
      guessed: true,
    });
  });
});

describe("of commits", () => {
  const told = (before: WorkspaceStatus[], after: WorkspaceStatus) =>
    names(facts({ workspaces: before }), facts({ workspaces: [after] }));
  test("a new one is told with its subject", () => {
    const [event] = eventsBetween(
      facts({ workspaces: [workspace("a")] }),
      facts({ workspaces: [workspace("b")] }),
    );
    expect(event).toEqual({
      ...{ event: "committed", branch: "work", repo: "shop", dir: "shop-work", commit: "b", subject: "it" },
    });
  });
  test.each<[string, WorkspaceStatus[], WorkspaceStatus, string[]]>([
    ["the same one", [workspace("a")], workspace("a"), []],
    [
      "an amended one",
      [workspace("a")],
      workspace("b", { verdict: { kind: "rewritten", by: "workspace" } }),
      ["committed"],
    ],
    ["a push of the host's", [workspace("a")], workspace("b", { verdict: { kind: "equal" } }), []],
    ["set back to an older one", [workspace("a")], workspace("b", { last: { time: 99, subject: "x" } }), []],
    ["a workspace that is new", [], workspace("b"), []],
    [
      "a branch that is gone",
      [workspace("a")],
      { ...workspace("a"), tip: undefined } as unknown as WorkspaceStatus,
      [],
    ],
  ])("%s", (_name, before, after, events) => expect(told(before, after)).toEqual(events));
});

test("the connection's end and its return are told, with what happened meanwhile", () => {
  const before = facts({ sessions: [session()] });
  const away: Facts = { ...before, connected: false, vm: "not answering" };
  expect(eventsBetween(before, away)).toEqual([{ event: "disconnected", vm: "not answering" }]);
  expect(names(away, away)).toEqual([]);
  expect(names(away, facts({ sessions: [session({ state: "waiting" })] }))).toEqual(["connected", "waiting"]);
});
