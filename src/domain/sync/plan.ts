// What plans share: a refusal, and words that several of them use. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import { nameLines } from "./words.ts";

export interface Refusal {
  message: string;
  details: string[];
  hint: string;
}

export const refuse = (why: Refusal) => ({ do: "refuse", why }) as const;

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

/** What is longer is cut somewhere on its way, and with it the quotes. */
const MAX_TYPED = 150;

/**
 * A name that the VM chose as a word of a command that we show; undefined when what a user would copy is not that name,
 * or git would take it for an option.
 */
export function typed(name: string): string | undefined {
  const exact = sanitize(name) === name && !name.includes("\ufffd") && !name.startsWith("-");
  return exact && name.length <= MAX_TYPED ? quoted(name) : undefined;
}

const OPERATIONS: Record<string, string> = {
  MERGE_HEAD: "a merge",
  "rebase-merge": "a rebase",
  "rebase-apply": "a rebase or am",
  CHERRY_PICK_HEAD: "a cherry-pick",
  REVERT_HEAD: "a revert",
  BISECT_LOG: "a bisect",
  sequencer: "a cherry-pick or revert of several commits",
};

export const operationText = (name: string): string => `in progress: ${OPERATIONS[name] ?? sanitize(name)}`;
