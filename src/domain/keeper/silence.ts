// A keeper that does not answer: whether it is only slow on a busy machine, or surely stuck. Its work would go with it.
import { readFile } from "node:fs/promises";
import { alive } from "../../io/lock.ts";
import type { Run } from "../../io/run.ts";
import type { Paths } from "../paths.ts";
import { askKeeper } from "./ask.ts";
import type { Answer } from "./messages.ts";
import { pause } from "./pause.ts";
import { isStuck, type Sign } from "./stuck.ts";

interface Host {
  paths: Paths;
  run: Run;
  platform: NodeJS.Platform;
  signal: AbortSignal;
}

/** Milliseconds between questions that are refused at once. */
const AGAIN = 200;

/** Its answer; undefined when it has ended meanwhile, or is surely stuck. Within a minute. */
export async function answerInTime(
  host: Host,
  keeper: { pid: number; started: string },
): Promise<Answer | undefined> {
  const begun = Date.now();
  const signs: Sign[] = [];
  while (!host.signal.aborted && (await alive(keeper))) {
    const answer = await askKeeper(host.paths, { ask: "status" }, host.signal).catch(() => undefined);
    if (answer !== undefined) return answer;
    const sign = await signOf(host, keeper.pid);
    if (sign === undefined) return undefined;
    signs.push({ ...sign, at: Date.now() - begun });
    if (isStuck(signs)) return undefined;
    await pause(AGAIN, host.signal);
  }
  return undefined;
}

/** What the system says of a process: its state, and the processor time that it has had. */
async function signOf(
  { run, platform }: Host,
  pid: number,
): Promise<Pick<Sign, "sleeps" | "spent"> | undefined> {
  if (platform === "linux") {
    const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
    const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields && { sleeps: fields[0] === "S", spent: `${fields[11]} ${fields[12]}` };
  }
  const asked = await run(["ps", "-o", "state=,time=", "-p", String(pid)], { ok: "any" });
  const [, state = "", spent = ""] = /^\s*(\S+)\s+(\S+)/.exec(asked.stdout) ?? [];
  return state === "" ? undefined : { sleeps: /^[IS]/.test(state), spent };
}
