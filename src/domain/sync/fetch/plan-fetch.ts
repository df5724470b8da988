// From the facts to what fetch does with the host's branch, or why it refuses. Pure.
import { sanitize } from "../../../guard/sanitize.ts";
import { operationText, quoted, type Refusal, refuse } from "../plan.ts";
import { type Side, type Verdict, verdictText } from "../verdict.ts";
import { nameLines } from "../words.ts";

/** Where the host has the branch checked out. */
export interface Checkout {
  path: string;
  /** The directory is gone, or the branch is being rebased there. */
  unusable?: string;
  changed: string[];
  operations: string[];
  /** Index and files are what the workspace's commit has already: an update that was ended just before its end. */
  arrived?: boolean;
}

/** What the user chose for work that cannot simply move forward. */
export type Way =
  | { how: "forward" }
  | { how: "merge" }
  /** Whose commits are replayed on top of the other side's. */
  | { how: "rebase"; of: Side }
  | { how: "as"; branch: string }
  | { how: "reset" };

/** How the branch comes from its old commit to the new one. */
export type Advance = "forward" | "merge" | "rebase host" | "rebase workspace" | "reset";

export type FetchPlan =
  | { do: "nothing" }
  | { do: "create"; branch: string }
  /** Only `reset` and `rebase host` leave commits behind: `keep` is set, and the old tip gets a reference. */
  | { do: "advance"; branch: string; how: Advance; from: string; path?: string; keep: boolean }
  | { do: "refuse"; why: Refusal };

export interface FetchFacts {
  branch: string;
  /** The branch that the workspace is for, when it is another. */
  of: string;
  host: string | undefined;
  verdict: Verdict;
  checkouts: readonly Checkout[];
  /** Where the workspace's commits are now, for the user to type. */
  ref: string;
  way: Way;
  /** The branch that `--as` names: its commit, and the verdict on it and the workspace. */
  as?: { tip: string | undefined; verdict: Verdict };
}

/**
 * What `fetch` does with the host's branch once the workspace's commits lie under `ref`. Without a way chosen it only
 * ever moves forward; with one, what the branch leaves behind is kept under a reference.
 */
export function planFetch(facts: FetchFacts): FetchPlan {
  const { branch, host, verdict, way } = facts;
  if (verdict.kind === "not in the workspace") return refuse(noBranchThere(facts));
  if (way.how === "as") return planAs(facts, way.branch);
  if (host === undefined || verdict.kind === "not on the host") {
    const [checkout] = facts.checkouts;
    return checkout ? refuse(unborn(facts, checkout)) : { do: "create", branch };
  }
  if (verdict.kind === "equal") return { do: "nothing" };
  if (verdict.kind === "host ahead" && way.how !== "reset") return { do: "nothing" };
  const how = advanceFor(facts);
  return typeof how === "string" ? advance(facts, { branch, host, how }) : refuse(how);
}

function advanceFor({ branch, verdict, way, ref }: FetchFacts): Advance | Refusal {
  if (verdict.kind === "workspace ahead") return "forward";
  if (way.how === "reset") return "reset";
  if (verdict.kind === "diverged") {
    if (way.how === "merge") return "merge";
    if (way.how === "rebase") return `rebase ${way.of}`;
    return diverged(branch, verdict, ref);
  }
  return rewritten(branch, verdict, ref);
}

/** `--as`: a branch of that name at the workspace's commit. An existing one moves forward or not at all. */
function planAs(facts: FetchFacts, name: string): FetchPlan {
  const { tip, verdict } = facts.as ?? { tip: undefined, verdict: facts.verdict };
  if (tip === undefined) return { do: "create", branch: name };
  if (verdict.kind === "equal" || verdict.kind === "host ahead") return { do: "nothing" };
  if (verdict.kind === "workspace ahead") return advance(facts, { branch: name, host: tip, how: "forward" });
  return refuse({
    message: `The branch "${sanitize(name)}" exists and has commits of its own; it was not moved.`,
    details: [keptIn(facts.ref)],
    hint: `Choose a name that is free: ${fetchOf(facts.of, facts.branch)} --as <name>`,
  });
}

interface Moving {
  branch: string;
  host: string;
  how: Advance;
}

function advance(facts: FetchFacts, { branch, host, how }: Moving): FetchPlan {
  const keep = how === "reset" || how === "rebase host";
  const plan = { do: "advance", branch, how, from: host, keep } as const;
  const [checkout, second] = facts.checkouts;
  if (checkout === undefined) return plan;
  const trouble = checkoutTrouble(checkout, second, how);
  if (trouble === undefined) return { ...plan, path: checkout.path };
  const where = sanitize(second?.path ?? checkout.path);
  const details = [
    keptIn(facts.ref),
    ...nameLines("changed", checkout.changed),
    ...checkout.operations.map(operationText),
  ];
  return refuse({
    message: `"${sanitize(branch)}" is checked out in ${where}, ${trouble}. The workspace's commits are fetched; your branch was not moved.`,
    details,
    hint: `Put that right, then fetch again, or there: ${byHand(how, facts.ref, branch)}`,
  });
}

function checkoutTrouble(checkout: Checkout, second: Checkout | undefined, how: Advance): string | undefined {
  if (second) return "and elsewhere too";
  if (checkout.unusable) return checkout.unusable;
  if (checkout.operations.length > 0) return "in the middle of something";
  if (checkout.arrived && (how === "forward" || how === "reset")) return undefined;
  return checkout.changed.length > 0 ? "with uncommitted changes" : undefined;
}

/** The git command with the same outcome, for who wants to finish in the checkout. */
export function byHand(how: Advance, ref: string, branch: string): string {
  const commands: Record<Advance, string> = {
    forward: `git merge --ff-only ${quoted(ref)}`,
    merge: `git merge ${quoted(ref)}`,
    "rebase host": `git rebase ${quoted(ref)}`,
    "rebase workspace": `git cherry-pick ${quoted(branch)}..${quoted(ref)}`,
    reset: `git reset --keep ${quoted(ref)}`,
  };
  return commands[how];
}

/** For a branch of the workspace, its own or another one. */
export const fetchOf = (workspace: string, branch: string): string =>
  `agent-vm fetch ${quoted(workspace)}${branch === workspace ? "" : ` --from ${quoted(branch)}`}`;

interface Typed {
  way: Way;
  all: boolean;
  wip: boolean;
  from: string;
}

/** The command as it was typed, for the user to type again with one more word. */
export function fetchCommand(branch: string, { way, all, wip, from }: Typed): string {
  const words: Record<Way["how"], string[]> = {
    forward: [],
    merge: ["--merge"],
    rebase: way.how === "rebase" ? ["--rebase", way.of] : [],
    as: way.how === "as" && (from === branch || way.branch !== from) ? ["--as", quoted(way.branch)] : [],
    reset: ["--reset"],
  };
  const more = [...(all ? ["--all"] : []), ...(wip ? ["--wip"] : [])];
  return [fetchOf(branch, from), ...words[way.how], ...more].join(" ");
}

const keptIn = (ref: string): string => `The workspace's commits are in ${quoted(ref)}.`;

function noBranchThere({ branch, of, verdict }: FetchFacts): Refusal {
  return {
    message: `The workspace has no branch "${sanitize(branch)}" (${verdictText(verdict)}); your branch was not moved.`,
    details: [],
    hint: `Look at it with: agent-vm connect ${quoted(of)}    or bring its other branches: agent-vm fetch ${quoted(of)} --all`,
  };
}

function unborn({ branch, ref }: FetchFacts, checkout: Checkout): Refusal {
  return {
    message: `"${sanitize(branch)}" is checked out in ${sanitize(checkout.path)} without a commit; it was not made.`,
    details: [keptIn(ref)],
    hint: `Take another name: agent-vm fetch ${quoted(branch)} --as <name>    or there: git reset --keep ${quoted(ref)}`,
  };
}

function diverged(branch: string, verdict: Verdict, ref: string): Refusal {
  const fetch = `agent-vm fetch ${quoted(branch)}`;
  return {
    message: `"${sanitize(branch)}" on the host has commits that its workspace has not (${verdictText(verdict)}). The workspace's are fetched; your branch was not moved.`,
    details: [
      keptIn(ref),
      `a merge commit on your branch: ${fetch} --merge`,
      `your commits on top of the workspace's: ${fetch} --rebase host`,
      `the workspace's commits on top of yours: ${fetch} --rebase workspace`,
      `a second branch beside yours: ${fetch} --as <name>`,
    ],
    hint: `See them first: git log -p ${quoted(branch)}..${quoted(ref)}`,
  };
}

function rewritten(branch: string, verdict: Verdict, ref: string): Refusal {
  const fetch = `agent-vm fetch ${quoted(branch)}`;
  const push =
    verdict.kind === "rewritten" && verdict.by === "host"
      ? [`the workspace follows your branch; its old tip is kept: agent-vm push ${quoted(branch)} --reset`]
      : [];
  return {
    message: `"${sanitize(branch)}" cannot simply move to the workspace's commit: ${verdictText(verdict)}. The workspace's commits are fetched; your branch was not moved.`,
    details: [
      keptIn(ref),
      `a second branch beside yours: ${fetch} --as <name>`,
      `your branch becomes the workspace's; its old tip is kept: ${fetch} --reset`,
      ...push,
    ],
    hint: `See the difference first: git range-diff ${quoted(branch)}...${quoted(ref)}`,
  };
}
