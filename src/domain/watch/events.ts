// What happened between two moments: sessions that began, came to wait, ended; commits. Pure.
import type { ListedSession } from "../session/list.ts";
import { isOver, type SessionState } from "../session/state.ts";
import type { WorkspaceStatus } from "../workspace/describe.ts";
import type { Facts } from "./facts.ts";

export interface SessionEvent {
  event: "started" | SessionState;
  branch: string | undefined;
  repo: string | undefined;
  dir: string;
  session: string;
  kind: ListedSession["kind"];
  agent: string;
  title: string;
  /** The state is a guess from the terminal's activity. */
  guessed: boolean;
  exitCode?: number | undefined;
  /** It was so before we looked. */
  initial?: true;
}

export interface CommitEvent {
  event: "committed";
  branch: string | undefined;
  repo: string | undefined;
  dir: string;
  commit: string;
  subject: string;
}

/** "disconnected": what happens is told when the VM answers again. */
export interface ConnectionEvent {
  event: "connected" | "disconnected";
  vm: Facts["vm"];
}

export type WatchEvent = SessionEvent | CommitEvent | ConnectionEvent;

/** `before`: undefined at the first look. What was not seen while the connection was lost is told afterwards. */
export function eventsBetween(before: Facts | undefined, after: Facts): WatchEvent[] {
  const events: WatchEvent[] = [];
  if (before?.connected !== after.connected && (after.connected || before?.connected))
    events.push({ event: after.connected ? "connected" : "disconnected", vm: after.vm });
  const seen = before?.sessions && new Map(before.sessions.map((one) => [one.id, one]));
  for (const session of [...(after.sessions ?? [])].reverse())
    events.push(...sessionEvents(seen?.get(session.id), session, seen === undefined));
  const tips = new Map((before?.workspaces ?? []).map((one) => [one.dir, one]));
  for (const workspace of after.workspaces) {
    const commit = commitEvent(tips.get(workspace.dir), workspace);
    if (commit) events.push(commit);
  }
  return events;
}

function sessionEvents(
  before: ListedSession | undefined,
  after: ListedSession,
  first: boolean,
): SessionEvent[] {
  const { state } = after;
  if (first) return isOver(state) ? [] : [{ ...eventOf(after, state), initial: true }];
  const began = before === undefined ? [eventOf(after, "started")] : [];
  // That a new session works, and what a shell is at, nobody needs to be told.
  const news = before === undefined ? state !== "working" : before.state !== state;
  const quiet = after.kind === "shell" && !isOver(state);
  return [...began, ...(news && !quiet ? [eventOf(after, state)] : [])];
}

const eventOf = (one: ListedSession, event: SessionEvent["event"]): SessionEvent => ({
  event,
  branch: one.branch,
  repo: one.repo,
  dir: one.dir,
  session: one.id,
  kind: one.kind,
  agent: one.agent,
  title: one.title,
  guessed: event === "started" ? false : one.guessed,
  ...(isOver(one.state) && event !== "started" && { exitCode: one.exitCode }),
});

/** A push of the host's, and a branch that is set back, are no commits of the workspace. */
function commitEvent(before: WorkspaceStatus | undefined, after: WorkspaceStatus): CommitEvent | undefined {
  const { tip, last, verdict, branch, repo, dir } = after;
  if (tip === undefined || last === undefined || before?.tip === undefined || tip === before.tip) return;
  if (verdict?.kind === "equal" || verdict?.kind === "host ahead") return;
  if (before.last !== undefined && last.time < before.last.time) return;
  return { event: "committed", branch, repo, dir, commit: tip, subject: last.subject };
}
