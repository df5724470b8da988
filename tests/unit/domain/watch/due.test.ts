// What a watch looks at next, and what it makes of what it saw.
import { describe, expect, test } from "vitest";
import { createDue } from "../../../../src/domain/watch/due.ts";
import { differing, merged } from "../../../../src/domain/watch/looks.ts";
import type { Asking, WorkspaceStatus } from "../../../../src/domain/workspace/describe.ts";

const names = (count: number) => Array.from({ length: count }, (_, at) => `w${at}`);

describe("what is due", () => {
  const dueOf = (...dirs: string[]) => {
    const due = createDue();
    due.know(dirs);
    return due;
  };

  test("names that are no workspace of ours are not remembered", () => {
    const due = dueOf("a", "b");
    due.soon(["x", "", "../a", "a"]);
    due.later(["y", "b"]);
    expect([due.take(), due.take(), due.isEmpty()]).toEqual([["a"], ["b"], true]);
  });

  test("a change goes before all that only may have changed", () => {
    const due = dueOf(...names(50));
    due.later(names(50));
    const first = due.take();
    due.soon(["w49", "w0"]);
    expect(first.length).toBeLessThan(10);
    expect(due.take()).toEqual(["w49", "w0"]);
  });

  test("everything comes once, in pieces, those that came first before others", () => {
    const due = dueOf("a", "b", ...names(20));
    due.later(["b", "a"]);
    due.soon([...names(20), "a"]);
    due.later(["w3", "b"]);
    const seen: string[] = [];
    while (!due.isEmpty()) seen.push(...due.take());
    expect(seen).toEqual([...names(20), "a", "b"]);
  });

  test("one that changes all the time does not keep others waiting", () => {
    const due = dueOf(...names(20));
    due.soon(names(20));
    const seen = new Set<string>();
    for (let round = 0; round < 4; round++) {
      for (const dir of due.take()) seen.add(dir);
      due.soon(["w0"]);
    }
    expect(seen.size).toBe(20);
  });
});

const asking = (dir: string, change: Partial<Asking> = {}) =>
  ({ dir, branch: dir, repoId: "id", repoName: "shop", tip: "1", synced: "1", ...change }) as Asking;
const question = (...asked: Asking[]) => ({ asked, places: new Map() });

test("what the host knows of one workspace alone makes only that one due", () => {
  const before = question(asking("a"), asking("b"), asking("c"), asking("gone"));
  const now = question(asking("a"), asking("b", { tip: "2" }), asking("c", { synced: "2" }), asking("new"));
  expect(differing(before, now)).toEqual(["b", "c", "new"]);
});

test("what was seen takes its place; what is neither ours nor there is gone", () => {
  const status = (dir: string, state: WorkspaceStatus["state"], changed = 0) =>
    ({ dir, state, changed }) as WorkspaceStatus;
  const before = [
    status("a", "present"),
    status("b", "present"),
    status("dropped", "present"),
    status("x", "orphan"),
  ];
  const seen = [status("b", "present", 3), status("new", "present"), status("y", "orphan")];
  const now = merged(before, seen, new Set(["a", "b", "new"]));
  expect(now.map(({ dir, changed }) => [dir, changed])).toEqual([
    ["a", 0],
    ["b", 3],
    ["new", 0],
    ["y", 0],
  ]);
});
