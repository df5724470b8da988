// Where a session stands: the agent's own word where it gives one, else what can be seen. Pure.

/**
 * "waiting": for you. "idle": nothing was written for a while. "killed": somebody ended it, or its process went without
 * an exit code. "lost": it ended with the VM.
 */
export type SessionState = "working" | "waiting" | "idle" | "finished" | "failed" | "killed" | "lost";

/** "vm": the VM was stopped. "kill": `agent-vm kill`. "hangup": its terminal was taken away. "memory": it ran out of it. */
export type EndReason = "vm" | "kill" | "hangup" | "memory";

export interface EndFacts {
  code: number;
  /** Second of the end. */
  at: number;
  reason: EndReason | undefined;
}

export interface StateFacts {
  kind: "shell" | "command" | "agent";
  end: EndFacts | undefined;
  /** What the agent's own hooks said last, and when. */
  said: ["working" | "waiting", string] | undefined;
  alive: boolean;
  sameBoot: boolean;
  /** The second in which its terminal last changed; undefined without one. */
  active: number | undefined;
  started: number;
  now: number;
}

/** Seconds without output after which a session counts as idle. Agents' spinners and clocks write each second. */
const QUIET = 10;

export interface Standing {
  state: SessionState;
  guessed: boolean;
  since: number;
}

export function agentState(facts: StateFacts): Standing {
  const { end, said, alive, sameBoot, active, started, now } = facts;
  if (end) return { state: endState(end), guessed: false, since: end.at };
  if (!alive) return { state: sameBoot ? "killed" : "lost", guessed: false, since: started };
  if (said) return { state: said[0], guessed: false, since: Number(said[1]) };
  // A command without a terminal of ours runs until it ends.
  if (active === undefined) return { state: "working", guessed: true, since: started };
  if (now - active < QUIET) return { state: "working", guessed: true, since: active };
  return { state: "idle", guessed: true, since: active };
}

function endState({ code, reason }: EndFacts): SessionState {
  if (reason === "vm") return "lost";
  if (reason === "kill" || reason === "hangup") return "killed";
  return code === 0 ? "finished" : "failed";
}

/** The text of a session's `end`; undefined for what is none. */
export function parseEnd(text: string): EndFacts | undefined {
  const [, code, at, reason] = /^(\d{1,3}) (\d{1,12})(?: (vm|kill|hangup|memory))?\s*$/.exec(text) ?? [];
  if (code === undefined) return undefined;
  return { code: Number(code), at: Number(at), reason: reason as EndReason | undefined };
}

export const isOver = (state: SessionState): boolean =>
  ["finished", "failed", "killed", "lost"].includes(state);
