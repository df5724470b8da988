// Where a session stands: the agent's own word where it gives one, else what can be seen. Pure.

/**
 * "waiting": for you. "idle": nothing was written for a while. "killed": its process went without an exit code.
 * "lost": the VM was stopped or ended under it.
 */
export type SessionState = "working" | "waiting" | "idle" | "finished" | "failed" | "killed" | "lost";

export interface StateFacts {
  kind: "shell" | "command" | "agent";
  /** Exit code and second of the end. */
  end: [number, number] | undefined;
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
  if (end) return { state: end[0] === 0 ? "finished" : "failed", guessed: false, since: end[1] };
  if (!alive) return { state: sameBoot ? "killed" : "lost", guessed: false, since: started };
  if (said) return { state: said[0], guessed: false, since: Number(said[1]) };
  // A command without a terminal of ours runs until it ends.
  if (active === undefined) return { state: "working", guessed: true, since: started };
  if (now - active < QUIET) return { state: "working", guessed: true, since: active };
  return { state: "idle", guessed: true, since: active };
}

export const isOver = (state: SessionState): boolean =>
  ["finished", "failed", "killed", "lost"].includes(state);
