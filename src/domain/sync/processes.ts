// Which of the agent's processes work in a workspace: nothing is deleted under them.

import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { PROCESSES } from "./guest/processes.ts";
import { callGuest } from "./guest.ts";
import { fields, textOf } from "./parse.ts";

export interface AtWork {
  dir: string;
  pid: number;
  name: string;
}

/** The answer of PROCESSES: one entry for each process and directory, also for one that is on its way out. */
export function parseProcesses(answer: string): AtWork[] {
  const words = fields(answer);
  const found = new Map<string, AtWork>();
  for (let at = 0; at + 2 < words.length; at += 3) {
    const [pid = "", name = "", path = ""] = words.slice(at, at + 3);
    if (!/^\d{1,10}$/.test(pid)) continue;
    const dir = path.replace(/^\.agent-vm\.leaving\./, "").split("/")[0] ?? "";
    found.set(`${pid} ${dir}`, { dir, pid: Number(pid), name: textOf(name) });
  }
  return [...found.values()];
}

/** Throws UserError (4) that names every process in one of the workspaces and says how to end it. */
export async function refuseAtWork(ctx: Context, target: Target, dirs: readonly string[]): Promise<void> {
  const wanted = new Set(dirs);
  const said = await callGuest(ctx, target, { text: PROCESSES });
  const found = parsed(said, parseProcesses).filter((one) => wanted.has(one.dir));
  if (found.length === 0) return;
  const pids = [...new Set(found.map((one) => one.pid))];
  throw new UserError(
    `${pids.length === 1 ? "A process is" : `${pids.length} processes are`} at work there; nothing was deleted.`,
    {
      details: found
        .slice(0, MAX_SHOWN)
        .map(({ dir, name, pid }) => `${dir}: ${sanitize(name)} (process ${pid})`),
      hint: `Leave those shells and stop those agents, or end them (kill -KILL for those that stay): agent-vm connect -- kill -HUP ${pids.slice(0, MAX_SHOWN).join(" ")}`,
      exit: EXIT.refused,
    },
  );
}

const MAX_SHOWN = 20;
