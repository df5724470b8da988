// The one session of a workspace that matters most, for a table with a line for each workspace. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { ListedSession } from "./list.ts";
import { stateText } from "./rows.ts";
import { isOver, type SessionState } from "./state.ts";

export interface Summary {
  first: ListedSession;
  /** Other sessions that live. */
  more: number;
}

const ORDER: readonly SessionState[] = ["waiting", "working", "idle"];

/** What waits for you comes first, then what works; what has ended counts while nothing but a shell lives. */
const rank = (one: ListedSession): number =>
  one.kind === "shell" ? ORDER.length + 1 : isOver(one.state) ? ORDER.length : ORDER.indexOf(one.state);

/** Of the sessions of one workspace, the newest first. Shells that have ended are nothing to tell. */
export function summaryOf(sessions: readonly ListedSession[]): Summary | undefined {
  const counted = sessions.filter((one) => one.kind !== "shell" || !isOver(one.state));
  const [first] = counted.toSorted((one, other) => rank(one) - rank(other));
  if (first === undefined) return undefined;
  return { first, more: counted.filter((one) => one !== first && !isOver(one.state)).length };
}

/** "claude waits for you +1"; a shell is only named. A command has so many characters. */
export function summaryText({ first, more }: Summary, longest = 20): string {
  const who = first.kind === "agent" ? first.agent : first.kind === "shell" ? "shell" : first.title;
  const state = first.kind === "shell" ? "" : ` ${stateText(first)}`;
  return `${sanitize(who, longest)}${state}${more > 0 ? ` +${more}` : ""}`;
}

/** Sessions by their workspace's directory. */
export function byDirectory(sessions: readonly ListedSession[]): Map<string, ListedSession[]> {
  const found = new Map<string, ListedSession[]>();
  for (const one of sessions) found.set(one.dir, [...(found.get(one.dir) ?? []), one]);
  return found;
}
