// From the facts to what push and fetch do, or why they refuse. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { Observation } from "./parse.ts";
import { type Verdict, verdictText } from "./verdict.ts";
import { nameLines } from "./words.ts";

export interface Refusal {
  message: string;
  details: string[];
  hint: string;
}

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

const refuse = (why: Refusal) => ({ do: "refuse", why }) as const;

/** Files without git's protection are where the update would write. */
export function pathsInTheWay(where: string, paths: readonly string[], hint: string): Refusal {
  return {
    message: `Files that git does not track are in the way in ${where}; they were not overwritten.`,
    details: nameLines("in the way", paths),
    hint,
  };
}

/** Finishing by hand is safe for whoever trusts the filter with the VM's bytes; half-filtered files are never left. */
export function filtersAtWork(
  branch: string,
  worktree: string,
  ref: string,
  filters: readonly string[],
): Refusal {
  return {
    message: `The new commits of "${sanitize(branch)}" use filters that your git configuration runs; your files were not touched.`,
    details: nameLines("filter", filters),
    hint: `The commits are in ${quoted(ref)}. Look at them, then in ${sanitize(worktree)}: git merge --ff-only ${quoted(ref)}`,
  };
}

/** A branch as a word a user can type into a shell. */
export const quoted = (branch: string): string =>
  /^[A-Za-z0-9_/.,:=@%+-]+$/.test(branch) ? branch : `'${sanitize(branch).replaceAll("'", "'\\''")}'`;

const OPERATIONS: Record<string, string> = {
  MERGE_HEAD: "a merge",
  "rebase-merge": "a rebase",
  "rebase-apply": "a rebase or am",
  CHERRY_PICK_HEAD: "a cherry-pick",
  REVERT_HEAD: "a revert",
  BISECT_LOG: "a bisect",
};

export const operationText = (name: string): string => `in progress: ${OPERATIONS[name] ?? sanitize(name)}`;

/** Where the host has the branch checked out. */
export interface Checkout {
  path: string;
  /** The directory is gone, or the branch is being rebased there. */
  unusable?: string;
  changed: string[];
  operations: string[];
}

export type FetchPlan =
  | { do: "nothing" }
  | { do: "create" }
  | { do: "move"; from: string }
  | { do: "follow"; from: string; path: string }
  | { do: "refuse"; why: Refusal };

export interface FetchFacts {
  branch: string;
  host: string | undefined;
  verdict: Verdict;
  checkouts: readonly Checkout[];
  /** Where the workspace's commits are now, for the user to type. */
  ref: string;
}

/** What `fetch` does with the host's branch once the workspace's commits lie under `ref`. Only ever forward. */
export function planFetch(facts: FetchFacts): FetchPlan {
  const { branch, host, verdict, checkouts, ref } = facts;
  if (host === undefined) return { do: "create" };
  if (verdict.kind === "equal" || verdict.kind === "host ahead") return { do: "nothing" };
  const name = sanitize(branch);
  const kept = `They are kept in ${quoted(ref)}.`;
  if (verdict.kind !== "workspace ahead") {
    return refuse({
      message: `"${name}" on the host has commits that its workspace has not (${verdictText(verdict)}). The workspace's are fetched; your branch was not moved.`,
      details: [kept],
      hint: `On that branch: git merge ${quoted(ref)}    or see them: git log ${quoted(branch)}..${quoted(ref)}`,
    });
  }
  const [checkout, second] = checkouts;
  if (checkout === undefined) return { do: "move", from: host };
  const where = sanitize(second?.path ?? checkout.path);
  const finish = `git merge --ff-only ${quoted(ref)}`;
  const trouble = checkoutTrouble(checkout, second);
  if (trouble === undefined) return { do: "follow", from: host, path: checkout.path };
  return refuse({
    message: `"${name}" is checked out in ${where}, ${trouble}. Its commits are fetched; your branch was not moved.`,
    details: [kept, ...nameLines("changed", checkout.changed), ...checkout.operations.map(operationText)],
    hint: `Put that right, then fetch again, or there: ${finish}`,
  });
}

function checkoutTrouble(checkout: Checkout, second: Checkout | undefined): string | undefined {
  if (second) return "and elsewhere too";
  if (checkout.unusable) return checkout.unusable;
  if (checkout.operations.length > 0) return "in the middle of something";
  return checkout.changed.length > 0 ? "with uncommitted changes" : undefined;
}
