// Something else lies where a workspace is to be: told by the mark that every workspace has in its configuration. Pure.
import { EXIT, UserError } from "../../errors.ts";

export interface Place {
  dir: string;
  /** The repository whose workspace is looked for. */
  repoId: string;
}

/** What `status` says, in the words of the error. */
export const OCCUPIED = "something else than\nthis workspace";

/** `mark`: what the repository there says of itself, "" for nothing; undefined when none is there. */
export function occupied({ dir, repoId }: Place, mark: string | undefined): UserError {
  const away = `move it away: mv ~/workspace/${dir} ~/`;
  const say = `git -C ~/workspace/${dir} config agent-vm.repository ${repoId}`;
  return new UserError(`In the VM ~/workspace/${dir} is something else than this workspace.`, {
    details: mark === undefined ? [] : [markText(mark)],
    hint:
      mark === ""
        ? `Look at it with agent-vm connect. If it is this workspace all the same, say so there: ${say}; otherwise ${away}`
        : `Look at it with agent-vm connect, and ${away}`,
    exit: EXIT.refused,
  });
}

export const markText = (mark: string): string =>
  mark === ""
    ? "It does not say which repository it belongs to (agent-vm.repository in its git configuration)."
    : "It belongs to another repository, as its git configuration says (agent-vm.repository).";
