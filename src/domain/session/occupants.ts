// Who is at work where something is to be deleted: sessions by name, other processes by number, shells that only wait. Pure.
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { AtWork } from "../sync/save/processes.ts";
import type { ListedSession } from "./list.ts";
import type { SessionId } from "./names.ts";
import { runningLine } from "./running.ts";
import { isOver } from "./state.ts";

/** A session's process. */
export interface Member {
  id: SessionId;
  pid: number;
  /** The program's name. */
  name: string;
}

export interface Occupants {
  /** Shells at their prompt that nobody looks at: nothing is lost with them. */
  idle: readonly ListedSession[];
  busy: readonly ListedSession[];
  /** Processes of no session. */
  strangers: readonly AtWork[];
}

const SHELLS = ["bash", "sh", "dash", "zsh", "fish", "ksh"];

export function occupantsOf(
  processes: readonly AtWork[],
  sessions: readonly ListedSession[],
  members: readonly Member[],
): Occupants {
  const owners = new Map(members.map((one) => [one.pid, one.id]));
  const at = new Set(processes.flatMap((one) => owners.get(one.pid) ?? []));
  const there = sessions.filter((one) => at.has(one.id) && !isOver(one.state));
  const known = new Set(there.map((one) => one.id));
  const idle = there.filter((one) => isIdle(one, members));
  return {
    idle,
    busy: there.filter((one) => !idle.includes(one)),
    strangers: processes.filter(({ pid }) => !known.has(owners.get(pid) as SessionId)),
  };
}

/** A shell with a program under it, in the background too, has two and more; its own first process is a shell as well. */
function isIdle({ id, kind, attached }: ListedSession, members: readonly Member[]): boolean {
  const mine = members.filter((one) => one.id === id);
  return (
    kind === "shell" && attached === 0 && mine.length <= 2 && mine.every((one) => SHELLS.includes(one.name))
  );
}

const MAX_SHOWN = 20;

/** The error (4) that names who is at work. */
export function atWorkError({ busy, strangers }: Pick<Occupants, "busy" | "strangers">): UserError {
  const pids = [...new Set(strangers.map((one) => one.pid))];
  const who = [
    ...(busy.length > 0 ? [busy.length === 1 ? "A session" : `${busy.length} sessions`] : []),
    ...(pids.length > 0 ? [pids.length === 1 ? "a process" : `${pids.length} processes`] : []),
  ].join(" and ");
  const one = busy.length + pids.length === 1;
  const processes = strangers.map(({ dir, name, pid }) => `${dir}: ${sanitize(name)} (process ${pid})`);
  return new UserError(
    `${who.charAt(0).toUpperCase()}${who.slice(1)} ${one ? "is" : "are"} at work there; nothing was deleted.`,
    {
      details: [...busy.map(runningLine), ...processes].slice(0, MAX_SHOWN),
      hint: [
        ...(busy.length > 0 ? [endSession(busy)] : []),
        ...(pids.length > 0 ? [endProcesses(pids)] : []),
      ].join(". "),
      exit: EXIT.refused,
    },
  );
}

function endSession(busy: readonly ListedSession[]): string {
  const [first] = busy;
  const branch = first?.branch === undefined ? "<branch>" : sanitize(first.branch);
  const which = busy.length > 1 ? ` --session ${first?.id.slice(0, 8)}` : "";
  return `Let it finish, or end it: agent-vm kill ${branch}${which}${busy.length > 1 ? ", and so on" : ""}`;
}

const endProcesses = (pids: readonly number[]): string =>
  `Leave those shells and stop those agents, or end them (kill -KILL for those that stay): agent-vm connect -- kill -HUP ${pids.slice(0, MAX_SHOWN).join(" ")}`;
