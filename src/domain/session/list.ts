// Every session of the VM with the branch it belongs to, for `ps`.
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
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

export const agentReports = async (host: Pick<Context, "programDir" | "paths">): Promise<Reports> => {
  const { loadAgents } = await import("../agents/catalog.ts");
  return new Map((await loadAgents(host)).map((agent) => [agent.name, agent.reports]));
};

/** As agentReports; nothing is read where no agent runs. */
export const reportsFor = async (
  host: Pick<Context, "programDir" | "paths">,
  sessions: readonly SeenSession[],
): Promise<Reports> => (sessions.some((one) => one.kind === "agent") ? agentReports(host) : new Map());

/** The newest first. */
export async function listSessions(
  ctx: Pick<Context, "run" | "signal" | "out" | "programDir" | "paths">,
  target: Target,
): Promise<ListedSession[]> {
  const [sessions, workspaces] = await Promise.all([lookAtSessions(ctx, target), listWorkspaces(ctx)]);
  return listed(sessions, workspaces, await reportsFor(ctx, sessions));
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
