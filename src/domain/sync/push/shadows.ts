// References of a workspace that git's push could take for the one it is asked to move. Pure.
import { EXIT, UserError } from "../../../errors.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Pairing } from "../pairing.ts";
import { quoted } from "../plan.ts";
import type { Refs } from "./tags.ts";

/** What git completes a name with, also one that is whole already (gitrevisions, "refname"); the other side decides. */
const COMPLETED = (ref: string): string[] => [
  `refs/heads/${ref}`,
  `refs/tags/${ref}`,
  `refs/${ref}`,
  `refs/remotes/${ref}`,
  `refs/remotes/${ref}/HEAD`,
];

/**
 * Throws UserError (4) when the workspace has a reference that a push of one of `refs` could move instead, or that makes
 * git refuse to choose: a branch with the name "refs/heads/x" beside, or without, "x". `known` is what the workspace has.
 */
export function refuseShadows({ branch, workspace }: Pairing, known: Refs, refs: readonly string[]): void {
  const shadow = refs.flatMap(COMPLETED).find((name) => known.has(name));
  if (shadow === undefined) return;
  const own = shadow.slice("refs/heads/".length);
  const isBranch = shadow.startsWith("refs/heads/");
  const what = isBranch ? `a branch with the name "${sanitize(own)}"` : sanitize(shadow);
  throw new UserError(
    `The workspace ${workspace.dir} has ${what}, which git's push takes for another reference; nothing was pushed.`,
    {
      hint: isBranch
        ? `Give it another name: agent-vm connect -- git -C workspace/${workspace.dir} branch -m ${quoted(own)} <name>`
        : `Give it another name there: agent-vm connect ${quoted(branch.name)}`,
      exit: EXIT.refused,
    },
  );
}
