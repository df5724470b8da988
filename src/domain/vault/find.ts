// Which save is meant: the newest of a branch, or the one that is named.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { listSaves } from "./records.ts";
import type { Save } from "./save.ts";

const LIST = "See what was saved with: agent-vm trash list";

/** The save with this id, of whatever repository. Throws UserError when there is none. */
export async function findSave(ctx: Context, id: string): Promise<Save> {
  const found = (await listSaves(ctx)).find((save) => save.id === id);
  if (found) return found;
  throw new UserError(`There is no save "${sanitize(id)}".`, { hint: LIST, exit: EXIT.usage });
}

export interface OfBranch {
  repo: { id: string; name: string };
  branch: string;
  /** A certain save of that branch. */
  id?: string | undefined;
}

/** The newest save of a branch, or the one asked for. Throws UserError when there is none. */
export async function findSaveOf(ctx: Context, { repo, branch, id }: OfBranch): Promise<Save> {
  const saves = (await listSaves(ctx, repo.id)).filter((save) => save.branch === branch);
  const found = id === undefined ? saves.at(-1) : saves.find((save) => save.id === id);
  if (found) return found;
  const which = id === undefined ? "no save" : `no save "${sanitize(id)}"`;
  throw new UserError(`There is ${which} of the branch "${sanitize(branch)}" of ${sanitize(repo.name)}.`, {
    hint: LIST,
    exit: EXIT.usage,
  });
}
