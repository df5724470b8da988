// The workspace that a command needs, or what to type where there is none.
import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { nearest } from "../help/near.ts";
import { quoted } from "../sync/plan.ts";
import { findWorkspace, listWorkspaces, type Workspace } from "./registry.ts";
import type { Repository } from "./repository.ts";

/** The workspace of a branch as the host's map has it. Throws UserError when there is none. */
export async function requireWorkspace(
  ctx: Context,
  repo: Repository,
  branch: Workspace["branch"],
): Promise<Workspace> {
  const found = await findWorkspace(ctx, repo.id, branch);
  if (found) return found;
  const known = (await listWorkspaces(ctx)).filter((one) => one.repoId === repo.id);
  const [meant] = nearest(
    branch,
    known.map((one) => one.branch),
  );
  throw new UserError(
    `There is no workspace for the branch "${sanitize(branch)}" of ${sanitize(repo.name)}.`,
    {
      hint:
        meant === undefined
          ? `Make one with: agent-vm connect ${quoted(branch)}`
          : `Did you mean ${quoted(meant)}? Else make one with: agent-vm connect ${quoted(branch)}`,
    },
  );
}
