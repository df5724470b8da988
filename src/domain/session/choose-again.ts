// Which session `run --restart` means: the newest that was cut short, or the one that is named. Pure.
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { chooseSession } from "./choose.ts";
import type { ToldSession } from "./seen.ts";
import { isOver } from "./state.ts";

/** `all`: the newest first. Throws UserError (1, 2) when there is none, or something may still be at it. */
export function chooseCutShort<T extends ToldSession>(
  all: readonly T[],
  { dir, branch, session }: { dir: string; branch: string; session: string | undefined },
): T {
  const name = sanitize(branch);
  const mine = all.filter((one) => one.dir === dir && one.kind !== "shell");
  const running = mine.find((one) => !isOver(one.state));
  if (session !== undefined) {
    const named = chooseSession(mine, { dir, branch, session, over: true });
    if (isOver(named.state)) return named;
    throw new UserError(`The session ${named.id.slice(0, 8)} of ${name} is running.`, {
      hint: `Go to it: agent-vm attach ${name}; end it: agent-vm kill ${name}`,
      exit: EXIT.failed,
    });
  }
  // The same task twice in one workspace is rarely meant.
  if (running) {
    throw new UserError(`A session of ${name} is running already (${running.id.slice(0, 8)}).`, {
      hint: `Go to it: agent-vm attach ${name}; one that has ended runs again by its id: agent-vm run ${name} --restart <id>`,
      exit: EXIT.failed,
    });
  }
  const cutShort = mine.find((one) => isOver(one.state) && one.state !== "finished");
  if (cutShort) return cutShort;
  throw new UserError(
    mine.length === 0 ? `${name} has no session to run again.` : `All sessions of ${name} have finished.`,
    {
      hint: `See how: agent-vm ps --all; one of them runs again by its id: agent-vm run ${name} --restart <id>`,
      exit: EXIT.failed,
    },
  );
}
