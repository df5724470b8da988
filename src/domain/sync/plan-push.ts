// From the facts to what push does, or why it refuses. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { Observation } from "./parse.ts";
import { operationText, quoted, type Refusal, refuse } from "./plan.ts";
import { type Verdict, verdictText } from "./verdict.ts";
import { nameLines } from "./words.ts";

export type PushPlan =
  | { do: "nothing" }
  /** `checkPaths`: files that git does not track lie in the tree, so the incoming paths must be compared first. */
  | { do: "push"; intoTree: boolean; checkPaths: boolean }
  | { do: "refuse"; why: Refusal };

/**
 * What `push` does with a workspace that exists. The host's branch must exist. No plan moves a reference of the
 * workspace that has commits of its own, or a tree with edits (spec 3).
 */
export function planPush(branch: string, verdict: Verdict, seen: Observation): PushPlan {
  if (verdict.kind === "equal") return { do: "nothing" };
  const name = sanitize(branch);
  if (verdict.kind !== "host ahead" && verdict.kind !== "not in the workspace") {
    return refuse({
      message: `The workspace of "${name}" has commits of its own (${verdictText(verdict)}).`,
      details: [],
      hint: `Bring them home first: agent-vm fetch ${quoted(branch)}`,
    });
  }
  if (seen.operations.length > 0) {
    return refuse({
      message: `The workspace of "${name}" is in the middle of something.`,
      details: seen.operations.map(operationText),
      hint: `Finish or abort it there: agent-vm connect ${quoted(branch)}`,
    });
  }
  const ref = `refs/heads/${branch}`;
  const elsewhere = seen.worktrees.filter((one) => one.branch === ref);
  if (elsewhere.length > 0) {
    return refuse({
      message: `"${name}" is checked out in another worktree inside the VM.`,
      details: nameLines(
        "worktree",
        elsewhere.map((one) => one.path),
      ),
      hint: `Switch that one to another branch: agent-vm connect ${quoted(branch)}`,
    });
  }
  if (seen.on !== ref) return { do: "push", intoTree: false, checkPaths: false };
  if (seen.changed.length > 0) {
    return refuse({
      message: `The workspace of "${name}" has edits in the way (${verdictText(verdict)}).`,
      details: nameLines("changed", seen.changed),
      hint: `Have them committed there and fetch them, or undo them: agent-vm connect ${quoted(branch)}`,
    });
  }
  return { do: "push", intoTree: true, checkPaths: seen.untracked.length + seen.ignored.length > 0 };
}
