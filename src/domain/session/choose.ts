// Which session of a workspace a command means. Pure.
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { ToldSession } from "./seen.ts";
import { isOver } from "./state.ts";

export interface Wanted {
  /** Directory below ~/workspace. */
  dir: string;
  /** What the user calls it. */
  branch: string;
  /** The beginning of an id. */
  session?: string | undefined;
  /** Sessions that have ended count, too. */
  over?: boolean;
}

/** Agents and commands before shells, those that live before those that have ended, the newest first. */
const rank = (one: ToldSession): number => (isOver(one.state) ? 2 : 0) + (one.kind === "shell" ? 1 : 0);

/** Throws UserError (2) for an id that names none or several, and (1) when there is none at all. */
export function chooseSession<T extends ToldSession>(all: readonly T[], wanted: Wanted): T {
  const { dir, branch, session, over } = wanted;
  const mine = all.filter((one) => one.dir === dir);
  const usable = mine.filter((one) => over || !isOver(one.state));
  const named = session === undefined ? usable : usable.filter((one) => one.id.startsWith(session));
  const [first, second] = [...named].sort((one, other) => rank(one) - rank(other));
  if (first === undefined) {
    const ended = mine.filter((one) => session !== undefined && one.id.startsWith(session));
    throw ended[0] === undefined ? none(wanted, mine.length > usable.length) : endedError(wanted, ended[0]);
  }
  if (session !== undefined && second !== undefined) {
    throw new UserError(`Several sessions of ${sanitize(branch)} begin with "${sanitize(session)}".`, {
      details: named.map((one) => one.id),
      hint: "Give more of the id.",
      exit: EXIT.usage,
    });
  }
  return first;
}

function endedError({ branch }: Wanted, { id }: ToldSession): UserError {
  const name = sanitize(branch);
  const short = id.slice(0, 8);
  return new UserError(`The session ${short} of ${name} has ended.`, {
    hint: `See how: agent-vm ps --all; what it wrote: agent-vm logs ${name} --session ${short}`,
    exit: EXIT.failed,
  });
}

function none({ branch, session }: Wanted, ended: boolean): UserError {
  const name = sanitize(branch);
  if (session !== undefined) {
    return new UserError(`No session of ${name} begins with "${sanitize(session)}".`, {
      hint: "See which there are: agent-vm ps --all",
      exit: EXIT.usage,
    });
  }
  return new UserError(ended ? `All sessions of ${name} have ended.` : `${name} has no session.`, {
    hint: ended
      ? `See how: agent-vm ps --all, agent-vm logs ${name}; a new one: agent-vm connect ${name}`
      : `Open one: agent-vm connect ${name}, or: agent-vm run ${name} -- <command>`,
    exit: EXIT.failed,
  });
}
