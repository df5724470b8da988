// How a session that is running is named where it stands in the way of something. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { ListedSession } from "./list.ts";
import { stateText } from "./rows.ts";

/** What the user calls its place: the branch, or where it is. */
export const placeName = ({ branch, dir }: Pick<ListedSession, "branch" | "dir">): string =>
  sanitize(branch ?? (dir === "" ? "the agent's home" : `~/workspace/${dir}`));

/** "work: claude, waits for you (session 3fa9c1d2)" */
export function runningLine(one: ListedSession): string {
  const runs = one.kind === "agent" ? one.agent : one.kind === "shell" ? "a shell" : one.title;
  const seen = one.attached > 0 ? ", a terminal is in it" : "";
  return `${placeName(one)}: ${sanitize(runs, 60)}, ${stateText(one)}${seen} (session ${one.id.slice(0, 8)})`;
}
