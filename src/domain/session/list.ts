// Every session of the VM with the branch it belongs to, for `ps`.
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { listWorkspaces } from "../workspace/registry.ts";
import { lookAtSessions } from "./look.ts";
import type { SeenSession } from "./seen.ts";

export interface ListedSession extends SeenSession {
  /** Undefined for the agent's home, and for a workspace that this host does not know. */
  branch: string | undefined;
  repo: string | undefined;
}

/** The newest first. */
export async function listSessions(ctx: Context, target: Target): Promise<ListedSession[]> {
  const workspaces = new Map((await listWorkspaces(ctx)).map((one) => [String(one.dir), one]));
  return (await lookAtSessions(ctx, target)).map((seen) => {
    const known = workspaces.get(seen.dir);
    return { ...seen, branch: known?.branch, repo: known?.repoName };
  });
}
