// Every session of the VM with the branch it belongs to, for `ps`.
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { listWorkspaces, type Workspace } from "../workspace/registry.ts";
import { lookAtSessions } from "./look.ts";
import type { SeenSession } from "./seen.ts";

export interface ListedSession extends SeenSession {
  /** Undefined for the agent's home, and for a workspace that this host does not know. */
  branch: string | undefined;
  repo: string | undefined;
}

/** The newest first. */
export async function listSessions(ctx: Context, target: Target): Promise<ListedSession[]> {
  return withBranches(await lookAtSessions(ctx, target), await listWorkspaces(ctx));
}

export function withBranches(
  sessions: readonly SeenSession[],
  workspaces: readonly Workspace[],
): ListedSession[] {
  const byDir = new Map(workspaces.map((one) => [String(one.dir), one]));
  return sessions.map((seen) => {
    const known = byDir.get(seen.dir);
    return { ...seen, branch: known?.branch, repo: known?.repoName };
  });
}
