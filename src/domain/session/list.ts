// Every session of the VM with the branch it belongs to, for `ps`.
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { loadAgents } from "../agents/catalog.ts";
import { listWorkspaces } from "../workspace/registry.ts";
import { lookAtSessions } from "./look.ts";
import type { SeenSession } from "./seen.ts";
import { agentState } from "./state.ts";

export interface ListedSession extends Omit<SeenSession, "facts"> {
  /** Undefined for the agent's home, and for a workspace that this host does not know. */
  branch: string | undefined;
  repo: string | undefined;
}

/** The newest first. An agent's word counts for what its definition says that it tells by itself. */
export async function listSessions(ctx: Context, target: Target): Promise<ListedSession[]> {
  const workspaces = new Map((await listWorkspaces(ctx)).map((one) => [String(one.dir), one]));
  const reports = new Map((await loadAgents(ctx)).map((agent) => [agent.name, agent.reports]));
  return (await lookAtSessions(ctx, target)).map(({ facts, ...seen }) => {
    const known = workspaces.get(seen.dir);
    // In a shell it may be any agent that the user started there.
    const standing = seen.kind === "agent" ? agentState(facts, reports.get(seen.agent) ?? []) : {};
    return { ...seen, ...standing, branch: known?.branch, repo: known?.repoName };
  });
}
