// From what was seen of the workspace's submodules to what a push does with each, or why it refuses. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import { quoted, type Refusal } from "../sync/plan.ts";
import { short } from "../sync/words.ts";
import type { SeenSubmodule } from "./seen.ts";

/** A submodule as the host wants it; `contained`: the host knows that its commit contains what is checked out there. */
export interface Wanted {
  path: string;
  oid: string;
  contained: boolean;
}

export type Step =
  /** It is at the commit. */
  | { do: "nothing" }
  /** It gets files; `from` is what its git directory has for HEAD. */
  | { do: "make"; from: string | undefined }
  /** It follows to the commit. */
  | { do: "move"; from: string }
  /** Its files go to the path that the branch has for it now, and then to the commit. */
  | { do: "follow"; from: string }
  /** It stays as it is: the agent's business, or `why`, to be told. */
  | { do: "leave"; why: string | undefined }
  /** The push would have to pass over work. */
  | { do: "refuse"; why: string };

const LEFT = {
  linked: "a link is in its way there",
  inside: "another submodule's git directory is in its place there",
  blocked: "files are in its place there",
  other: "another repository is in its place there",
  elsewhere: "the workspace has its files at another path",
} as const;

/**
 * What becomes of one submodule, as updateInstead would: it follows when it is clean and where the workspace's own
 * commit, or our last push, put it, or when the new commit contains what is there. One that this push does not move is
 * the agent's to do with as it likes.
 */
export function stepFor({ oid, contained }: Wanted, seen: SeenSubmodule): Step {
  if (seen.state === "absent") return { do: "make", from: undefined };
  if (seen.state === "kept") {
    const busy = seen.changed || seen.busy;
    return busy ? { do: "leave", why: "its index has changes there" } : { do: "make", from: seen.head };
  }
  if (seen.state === "elsewhere") return atNewPath({ oid, contained }, seen);
  if (seen.state !== "present") return { do: "leave", why: LEFT[seen.state] };
  if (seen.head === oid) return { do: "nothing" };
  const moved = seen.recorded !== oid;
  const ours = seen.head === seen.settled || (moved && (seen.head === seen.recorded || contained));
  const stays = (why: string): Step => (moved ? { do: "refuse", why } : { do: "leave", why: undefined });
  if (seen.head === undefined) return stays("nothing is checked out in it");
  if (!ours) return stays(`has commits of its own, at ${short(seen.head)}`);
  if (seen.busy) return stays("is in the middle of something");
  if (seen.changed) return stays("has edits");
  return { do: "move", from: seen.head };
}

/** Edits go along to another path, but not to another commit. */
function atNewPath({ oid, contained }: Omit<Wanted, "path">, seen: SeenSubmodule): Step {
  const { head, settled, changed, busy } = seen;
  const ours = head === settled || contained;
  if (head === undefined || busy || (head !== oid && (changed || !ours)))
    return { do: "leave", why: LEFT.elsewhere };
  return { do: "follow", from: head };
}

/** The refusal of a push for what its submodules have; undefined when nothing stands in its way. */
export function refusalFor(
  branch: string,
  steps: readonly { path: string; step: Step }[],
): Refusal | undefined {
  const details = steps.flatMap(({ path, step }) =>
    step.do === "refuse" ? [`submodule ${sanitize(path)}: ${step.why}`] : [],
  );
  if (details.length === 0) return undefined;
  return {
    message: `The push would move submodules that have work in the workspace of "${sanitize(branch)}"; nothing was changed.`,
    details: [...details, `Beside it, with nothing checked out: agent-vm push --aside ${quoted(branch)}`],
    hint: `Have that committed there and bring it home: agent-vm fetch ${quoted(branch)}`,
  };
}
