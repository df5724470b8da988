// How sessions read on a terminal. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { ListedSession } from "./list.ts";
import { isOver } from "./state.ts";

export interface SessionsJson {
  /** Version of this form. */
  schema: 1;
  vm: string;
  sessions: readonly ListedSession[];
}

const HEAD = ["BRANCH", "SESSION", "RUNS", "STATE", "SINCE", "CPU", "MEMORY", "LAST LINE"];

/** `now`: seconds since 1970; `columns`: of the terminal, so that the last line's cell fits. */
export function sessionRows(
  sessions: readonly ListedSession[],
  { now, columns }: { now: number; columns: number },
): { head: string[]; rows: string[][] } {
  const rows = sessions.map((one) => row(one, now));
  const used = HEAD.slice(0, -1).map(
    (name, at) => 2 + Math.max(name.length, ...rows.map((cells) => cells[at]?.length ?? 0)),
  );
  const left = columns - used.reduce((sum, width) => sum + width, 0);
  // A cell that says nothing any more only takes room.
  if (left < 12) return { head: HEAD.slice(0, -1), rows };
  return {
    head: [...HEAD],
    rows: rows.map((cells, at) => [...cells, cut(sanitize(sessions[at]?.lastLine.trim() ?? ""), left)]),
  };
}

const row = (one: ListedSession, now: number): string[] => [
  sanitize(one.branch ?? (one.dir === "" ? "(home)" : `(${one.dir})`), 40),
  one.id.slice(0, 8),
  cut(sanitize(one.kind === "agent" ? one.agent : one.kind === "shell" ? "shell" : one.title), 20),
  stateText(one),
  age(now - one.since),
  isOver(one.state) ? "" : age(one.cpu),
  isOver(one.state) ? "" : size(one.memory),
];

/** What is a guess has a question mark. */
export function stateText({
  state,
  guessed,
  exitCode,
  reason,
}: Pick<ListedSession, "state" | "guessed" | "exitCode" | "reason">): string {
  if (state === "failed" && reason === "memory") return "failed (out of memory)";
  if (state === "failed") return `failed (${exitCode})`;
  if (state === "waiting") return "waits for you";
  if (state === "lost") return "ended with the VM";
  return guessed ? `${state}?` : state;
}

const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text;

/** Seconds in one or two units. */
export function age(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h`;
  return `${Math.floor(whole / 86_400)} d`;
}

const size = (bytes: number): string =>
  bytes < 1024 ** 3 ? `${Math.round(bytes / 1024 ** 2)} MB` : `${(bytes / 1024 ** 3).toFixed(1)} GB`;
