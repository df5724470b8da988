// From the facts to what push does, or why it refuses. Pure.
import { sanitize } from "../../../guard/sanitize.ts";
import type { Observation } from "../parse.ts";
import { operationText, quoted, type Refusal, refuse } from "../plan.ts";
import { type Verdict, verdictText } from "../verdict.ts";
import { nameLines } from "../words.ts";

/** What was asked for: no force, a side reference, or a new start that keeps the old tip. */
export type PushWay = "plain" | "aside" | "reset";

export type PushPlan =
  | { do: "nothing" }
  /** `checkPaths`: files that git does not track lie in the tree, so the incoming paths must be compared first. */
  | { do: "push"; intoTree: boolean; checkPaths: boolean }
  /** To a reference beside the workspace's branch. */
  | { do: "aside" }
  /** The workspace's branch moves to the host's commit; `keep`, where it was, gets a name of its own. */
  | { do: "reset"; keep: string; intoTree: boolean }
  | { do: "refuse"; why: Refusal };

/**
 * Facts of a workspace that exists; `locked` when something writes in its index, `synced` the last commit that both
 * sides had.
 */
export type Seen = Pick<
  Observation,
  "on" | "tip" | "operations" | "worktrees" | "changed" | "untracked" | "ignored"
> & { locked?: boolean; synced?: string | undefined };

/**
 * What `push` does with a workspace that exists. The host's branch must exist. No plan moves a reference of the
 * workspace that has commits of its own without naming them, or a tree with edits (spec 3).
 */
export function planPush(branch: string, verdict: Verdict, seen: Seen, way: PushWay = "plain"): PushPlan {
  if (verdict.kind === "equal") return { do: "nothing" };
  if (way === "aside") return { do: "aside" };
  const forward = verdict.kind === "host ahead" || verdict.kind === "not in the workspace";
  if (!forward && way === "plain") return refuse(ownCommits(branch, verdict, seen));
  const obstacle = inTheWay(branch, verdict, seen);
  if (obstacle) return refuse(obstacle);
  const intoTree = seen.on === `refs/heads/${branch}`;
  const checkPaths = intoTree && seen.untracked.length + seen.ignored.length > 0;
  if (forward || seen.tip === undefined) return { do: "push", intoTree, checkPaths };
  return { do: "reset", keep: seen.tip, intoTree };
}

function ownCommits(branch: string, verdict: Verdict, seen: Seen): Refusal {
  const name = sanitize(branch);
  const word = quoted(branch);
  const reset = `agent-vm push --reset ${word} (the old commits are kept in the workspace under a name)`;
  const aside = `Beside its work, for the agent to merge: agent-vm push --aside ${word}`;
  if (verdict.kind === "rewritten" && verdict.by === "host" && seen.tip === seen.synced) {
    return {
      message: `"${name}" was rewritten on the host, so its workspace cannot simply follow (${verdictText(verdict)}).`,
      details: [aside],
      hint: `Have the workspace begin anew from it: ${reset}`,
    };
  }
  return {
    message: `The workspace of "${name}" has commits of its own (${verdictText(verdict)}).`,
    details: [aside, `Instead of them: ${reset}`],
    hint: `Bring them home first: agent-vm fetch ${word}`,
  };
}

/** What stands against moving the workspace's branch, whatever the verdict. */
function inTheWay(branch: string, verdict: Verdict, seen: Seen): Refusal | undefined {
  const name = sanitize(branch);
  const enter = `agent-vm connect ${quoted(branch)}`;
  const ref = `refs/heads/${branch}`;
  if (seen.operations.length > 0) {
    return {
      message: `The workspace of "${name}" is in the middle of something.`,
      details: seen.operations.map(operationText),
      hint: `Finish or abort it there: ${enter}`,
    };
  }
  const elsewhere = seen.worktrees.filter((one) => one.branch === ref).map((one) => one.path);
  if (elsewhere.length > 0) {
    return {
      message: `"${name}" is checked out in another worktree inside the VM.`,
      details: nameLines("worktree", elsewhere),
      hint: `Switch that one to another branch: ${enter}`,
    };
  }
  if (seen.on !== ref) return undefined;
  if (seen.locked) {
    return {
      message: `A git command works in the workspace of "${name}", or was interrupted there: .git/index.lock is left.`,
      details: ["Nothing was changed."],
      hint: `Try again in a moment; if no git runs there: ${enter} -- rm .git/index.lock`,
    };
  }
  if (seen.changed.length === 0) return undefined;
  return {
    message: `The workspace of "${name}" has edits in the way (${verdictText(verdict)}).`,
    details: [
      ...nameLines("changed", seen.changed),
      `Beside them, with nothing checked out: agent-vm push --aside ${quoted(branch)}`,
    ],
    hint: `Ask the agent to commit them, then: agent-vm fetch ${quoted(branch)}`,
  };
}
