// Which of the agent's processes work in a workspace.
import type { Context } from "../../../context.ts";
import { parsed } from "../../../guard/from-guest.ts";
import type { Target } from "../../../target.ts";
import { PROCESSES } from "../guest/processes.ts";
import { callGuest } from "../guest.ts";
import { fields, textOf } from "../parse.ts";

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

/** Of those directories alone. */
export async function processesIn(ctx: Context, target: Target, dirs: readonly string[]): Promise<AtWork[]> {
  const wanted = new Set(dirs);
  const said = await callGuest(ctx, target, { text: PROCESSES });
  return parsed(said, parseProcesses).filter((one) => wanted.has(one.dir));
}
