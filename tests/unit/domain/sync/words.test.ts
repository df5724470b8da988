// The words beside the verdict, and what connect says: the same for every command, cleaned, with a command to type.
import { describe, expect, test } from "vitest";
import { entryNote } from "../../../../src/domain/sync/entry-note.ts";
import { parseObservation } from "../../../../src/domain/sync/parse.ts";
import { NO_STATE, ownCommits, stateOf, stateWords } from "../../../../src/domain/sync/state-words.ts";
import type { Verdict } from "../../../../src/domain/sync/verdict.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const seen = (...words: string[]) =>
  parseObservation([...words, "=done"].map((word) => `${word}\0`).join(""));

describe("a workspace's state", () => {
  const elsewhere = seen(
    "=operation",
    "BISECT_LOG",
    "=refs",
    [` ${A} refs/heads/work`, ` ${B} refs/heads/x\u001b`, `*${A} refs/heads/side`].join("\n"),
  );

  test("names what is not on its branch", () => {
    expect(ownCommits(elsewhere)).toEqual([A, B, A]);
    const state = stateOf(elsewhere, "work", new Set([A]));
    expect(state).toEqual({
      ...NO_STATE,
      operations: ["BISECT_LOG"],
      on: "side",
      otherBranches: ["x\u001b"],
    });
    expect(stateWords(state)).toEqual(["in progress: a bisect", "other branches 1", "on side"]);
  });

  test("counts what is not committed, and tells of a detached HEAD", () => {
    const state = stateOf(seen("=head", A, "=status", "? a", "! b/", "! c"), "work", new Set());
    expect(stateWords(state)).toEqual(["untracked 1", "ignored 2", "detached HEAD"]);
    expect(stateWords(NO_STATE)).toEqual([]);
  });

  test("shows no control characters of the guest's", () => {
    const words = stateWords({ ...NO_STATE, on: "a\u001b[2J", operations: ["\u0007"] });
    expect(words).toEqual(["in progress: ^G", "on a^[[2J"]);
  });
});

test.each<[Verdict, RegExp | undefined]>([
  [{ kind: "equal" }, undefined],
  [{ kind: "host ahead", host: 3 }, /by 3 commits\. Push with: agent-vm push a$/],
  [{ kind: "workspace ahead", workspace: 2 }, /by 2 commits; bring them home: agent-vm fetch a$/],
  [
    { kind: "diverged", host: 1, workspace: 2 },
    /diverged \(host 1, workspace 2\).*agent-vm fetch a --dry-run$/,
  ],
  [{ kind: "rewritten", by: "workspace" }, /rewritten in the workspace.*agent-vm fetch a --dry-run$/],
  [{ kind: "no common history" }, /no common history/],
  [{ kind: "not in the workspace", deleted: true }, /branch deleted in the workspace.*agent-vm push a$/],
  [{ kind: "not on the host", deleted: true }, /branch deleted on the host.*agent-vm fetch a$/],
])("entering with %j", (verdict, note) => {
  if (note === undefined) expect(entryNote(verdict, "a")).toBeUndefined();
  else expect(entryNote(verdict, "a")).toMatch(note);
});
