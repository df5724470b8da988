// How the live overviews read on terminals of several sizes.
import { describe, expect, test } from "vitest";
import type { ListedSession } from "../../../../src/domain/session/list.ts";
import type { SessionId } from "../../../../src/domain/session/names.ts";
import { type Facts, NOTHING_SEEN } from "../../../../src/domain/watch/facts.ts";
import { psView } from "../../../../src/domain/watch/ps-view.ts";
import { keyMeaning, screenful, viewText } from "../../../../src/domain/watch/screenful.ts";
import { statusView } from "../../../../src/domain/watch/status-view.ts";
import type { WorkspaceStatus } from "../../../../src/domain/workspace/describe.ts";
import { widthOf } from "../../../../src/guard/width.ts";
import { screenText } from "../../../../src/io/live-screen.ts";

const NOW = 1_800_000_000;
const workspace = (at: number, change: Partial<WorkspaceStatus> = {}): WorkspaceStatus => ({
  ...{
    dir: `shop-${at}`,
    branch: `feature/number-${at}`,
    repo: "shop",
    state: "present",
    verdict: { kind: "equal" },
  },
  ...{ changed: 0, untracked: 0, ignored: 0, stashes: 0, operations: [], otherBranches: [], submodules: [] },
  ...{ tip: "a", last: { time: NOW - 7200, subject: "a subject that says something" } },
  ...change,
});
const session = (at: number, change: Partial<ListedSession> = {}): ListedSession => ({
  ...{
    id: `${at}`.padStart(16, "0") as SessionId,
    dir: `shop-${at}`,
    branch: `feature/number-${at}`,
    repo: "shop",
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
  ...{ name: "x", started: 1, since: NOW - 180, attached: 0, lastLine: "一二三 done", memory: 5e8, cpu: 61 },
  ...change,
});
const many = Array.from({ length: 50 }, (_, at) => at);
const FACTS: Facts = {
  ...{ ...NOTHING_SEEN, connected: true, disk: { used: 12 * 1024 ** 3, total: 98 * 1024 ** 3 } },
  workspaces: many.map((at) =>
    workspace(
      at,
      at === 3 ? { verdict: { kind: "diverged", host: 12, workspace: 7 }, changed: 3, untracked: 2 } : {},
    ),
  ),
  sessions: [session(7), session(40, { state: "waiting" }), session(9, { state: "failed", exitCode: 2 })],
  sizes: new Map([["shop-7", 123 * 1024 ** 2]]),
};
const frame = (columns: number) => ({ vm: "agent-vm", columns, now: NOW });
const lines = (columns: number, facts = FACTS) => viewText(statusView(facts, frame(columns))).split("\n");

describe("status --watch", () => {
  test.each([20, 39, 60, 80, 100, 120, 200])("fits into %d columns", (columns) => {
    const { lines: screen } = screenful(statusView(FACTS, frame(columns)), { columns, rows: 24 }, 0);
    expect(screen).toHaveLength(24);
    for (const line of screen) {
      const text = line.map((piece) => piece.text).join("");
      expect(widthOf(text), text).toBeLessThanOrEqual(columns);
    }
  });

  test("has those first who wait, then those who work, at 80 columns", () => {
    const [head, title, ...rows] = lines(80);
    expect(head).toBe("VM agent-vm  50 workspaces  1 waits for you  1 works  disk 12 of 98 GB");
    expect(title).toMatch(/^BRANCH +AGENT +VERDICT +M \? ! \$ +COMMIT +DISK$/);
    expect(rows[0]).toMatch(/^feature\/number-40 +claude waits for you 3m +equal +– +2h$/);
    expect(rows[1]).toMatch(/^feature\/number-7 +claude working 3m +equal +– +2h +123 MB$/);
    expect(rows[2]).toMatch(/^feature\/number-9 +claude failed \(2\) 3m/);
    expect(rows.find((row) => row.includes("number-3 "))).toMatch(/diverged \(… {2}M3 \?2/);
  });

  test("has words and subjects at 200", () => {
    const row = lines(200).find((one) => one.includes("number-3 "));
    expect(row).toMatch(
      /diverged \(host 12, workspace 7\) +changed 3, untracked 2 +2 h +a subject that says something/,
    );
  });

  test("says that the VM does not answer, and shows what was last seen", () => {
    const [head, , ...rows] = lines(80, { ...FACTS, connected: false, vm: "stopped" });
    expect(head).toBe("The VM agent-vm is stopped; waiting for it (Ctrl-C ends the waiting).");
    expect(rows).toHaveLength(50);
  });

  test("tells of carried files beneath the table, which scrolls with them", () => {
    const carried = [
      { path: ".env", state: "host newer" as const },
      { path: "\u001b[31m.env.local", state: "equal" as const },
    ];
    const facts = { ...FACTS, workspaces: [workspace(1), workspace(2, { carried })], sessions: [] };
    expect(lines(80, facts).slice(-3)).toEqual([
      "",
      "carried into shop-2: .env (host newer)",
      "carried into shop-2: ^[[31m.env.local",
    ]);
    const view = statusView(facts, frame(80));
    expect(screenText(screenful(view, { columns: 80, rows: 24 }, 0).lines, false, 80)).toContain(
      "(host newer)",
    );
    expect(screenful(view, { columns: 80, rows: 7 }, 0).lines.at(-1)?.[0]?.text).toBe("↓ 2 more   q leaves");
    expect(lines(80).at(-1)).toContain("number-");
  });

  test("shows no control character of the VM's, and its own colours alone", () => {
    const hostile = "\u001b[31m\u009b2J\u202e\n";
    const facts: Facts = {
      ...FACTS,
      workspaces: [
        workspace(1, { branch: hostile, last: { time: 1, subject: hostile }, operations: [hostile] }),
      ],
      sessions: [session(1, { agent: hostile, branch: hostile, lastLine: hostile, title: hostile })],
    };
    for (const view of [statusView(facts, frame(200)), psView(true)(facts, frame(200))]) {
      const { lines: screen } = screenful(view, { columns: 200, rows: 10 }, 0);
      // biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what this is about
      const shown = screenText(screen, true, 200).replaceAll(/\u001b\[(?:\d+(?:;\d+)?m|[HJK])|\r\n/g, "");
      expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      expect(screenText(screen, false, 200)).not.toMatch(/\u001b\[[\d;]*m/);
      // biome-ignore-end lint/suspicious/noControlCharactersInRegex: see above
    }
  });
});

test("ps --watch has a line for each session, those that ended with --all", () => {
  const text = (all: boolean) => viewText(psView(all)(FACTS, frame(120)));
  expect(text(false)).not.toContain("failed");
  expect(text(true)).toContain("failed (2)");
  for (const line of text(true).split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(120);
});

describe("a screen", () => {
  const view = statusView(FACTS, frame(80));
  const size = { columns: 80, rows: 24 };
  const shown = (wanted: number) => screenful(view, size, wanted);
  const foot = (wanted: number) => shown(wanted).lines.at(-1)?.[0]?.text;
  test("scrolls, and stops at both ends", () => {
    expect(foot(0)).toBe("↓ 30 more   q leaves");
    expect(foot(10)).toBe("↑ 10 more   ↓ 20 more   q leaves");
    expect(shown(1000).offset).toBe(30);
    expect(shown(-5).offset).toBe(0);
  });
  test("of two rows is no failure", () => {
    expect(screenful(view, { columns: 5, rows: 2 }, 0).lines.length).toBeLessThanOrEqual(2);
  });
  test.each([
    ["q", "leave"],
    ["\u0003", "interrupt"],
    ["\u001b[B", { rows: 1 }],
    ["\u001b[6~", { rows: 9 }],
    ["x", undefined],
  ])("key %j", (key, meaning) => expect(keyMeaning(key, 10)).toEqual(meaning));
});

test("a screen erases the rest of a line, and no letter of one that fills it", () => {
  const erased = (...texts: string[]) =>
    screenText(
      texts.map((text) => [{ text }, { text: "!" }]),
      false,
      5,
    );
  expect(erased("abc", "d")).toBe("\u001b[Habc!\u001b[K\r\nd!\u001b[K\u001b[J");
  expect(erased("abcd", "日本")).toBe("\u001b[Habcd!\r\n日本!");
});

test("a screen lets no piece of a line steer the terminal, whoever wrote it", () => {
  expect(screenText([[{ text: "a\u001b[2Jb\u202e" }]], false, 80)).toBe(
    "\u001b[Ha^[[2Jb\\u{202e}\u001b[K\u001b[J",
  );
});
