// A partial clone of a submodule gets what it lacks from its own remote, as that of the branch does.
import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { completePartial } from "../clones/partial.ts";
import type { Clone } from "./host-clone.ts";

/** `path` is the submodule's, to name it. Throws UserError (4) with what to type when the remote does not give it. */
export async function makeWhole(
  ctx: Context,
  { gitDir, worktree }: Clone,
  { path, oid }: { path: string; oid: string },
): Promise<void> {
  try {
    await completePartial(ctx, { commonDir: gitDir, directory: worktree ?? gitDir }, [oid]);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { details, exit, hint = "" } = error;
    const message = `The submodule ${sanitize(path)} cannot travel. ${error.message}`;
    throw new UserError(message, { details, exit, cause: error, hint: `In its directory: ${hint}` });
  }
}
