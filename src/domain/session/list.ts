// Every session of the VM with the branch it belongs to, for `ps`.
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { loadAgents } from "../agents/catalog.ts";
import { listWorkspaces, type Workspace } from "../workspace/registry.ts";
import { lookAtSessions } from "./look.ts";
import type { SeenSession, ToldSession } from "./seen.ts";
import { agentState, type Said } from "./state.ts";

export interface ListedSession extends ToldSession {
  /** Undefined for the agent's home, and for a workspace that this host does not know. */
  branch: string | undefined;
  repo: string | undefined;
}

/** What each agent tells of its state by itself, by its name. */
export type Reports = ReadonlyMap<string, readonly Said[]>;

export const agentReports = async (host: Pick<Context, "programDir" | "paths">): Promise<Reports> =>
  new Map((await loadAgents(host)).map((agent) => [agent.name, agent.reports]));

/** The newest first. */
export async function listSessions(
  ctx: Pick<Context, "run" | "signal" | "programDir" | "paths">,
  target: Target,
): Promise<ListedSession[]> {
  const reports = await agentReports(ctx);
  return listed(await lookAtSessions(ctx, target), await listWorkspaces(ctx), reports);
}

/** An agent's word counts for what its definition says that it tells by itself. */
export function listed(
  sessions: readonly SeenSession[],
  workspaces: readonly Workspace[],
  reports: Reports,
): ListedSession[] {
  const byDir = new Map(workspaces.map((one) => [String(one.dir), one]));
  return sessions.map(({ facts, ...seen }) => {
    const known = byDir.get(seen.dir);
    // In a shell it may be any agent that the user started there.
    const standing = seen.kind === "agent" ? agentState(facts, reports.get(seen.agent) ?? []) : {};
    return { ...seen, ...standing, branch: known?.branch, repo: known?.repoName };
  });
}
