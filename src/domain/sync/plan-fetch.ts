// From the facts to what fetch does with the host's branch, or why it refuses. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import { operationText, quoted, type Refusal, refuse } from "./plan.ts";
import { type Verdict, verdictText } from "./verdict.ts";
import { nameLines } from "./words.ts";

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
