// Where a session stands: the agent's own word where it gives one, else what can be seen. Pure.

/**
 * "waiting": for you. "idle": nothing was written for a while. "killed": somebody ended it, or its process went without
 * an exit code. "lost": it ended with the VM.
 */
export type SessionState = "working" | "waiting" | "idle" | "finished" | "failed" | "killed" | "lost";

/** What agents' hooks can say. */
export type Said = "working" | "waiting";
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
  said: [Said, number] | undefined;
  alive: boolean;
  sameBoot: boolean;
  /** The second in which its terminal last changed; undefined without one. */
  active: number | undefined;
  started: number;
  now: number;
}

/** Seconds without output after which a session counts as idle. Agents' spinners and clocks write each second. */
const QUIET = 10;
/** As long without output, and an agent's "working" is doubtful: some say nothing when they are interrupted or fail. */
const STILL = 60;
/** Seconds in which a terminal is still being drawn after its agent said something. */
const DRAWN = 3;

export interface Standing {
  state: SessionState;
  guessed: boolean;
  since: number;
}

/** `reports`: what its agent tells by itself; what was said beside that does not count. */
export function agentState(facts: StateFacts, reports: readonly Said[] = ["working", "waiting"]): Standing {
  const { end, alive, sameBoot, active, started, now } = facts;
  if (end) return { state: endState(end), guessed: false, since: end.at };
  if (!alive) return { state: sameBoot ? "killed" : "lost", guessed: false, since: started };
  const own = ownWord(facts, reports);
  if (own) return own;
  // A command without a terminal of ours runs until it ends.
  if (active === undefined) return { state: "working", guessed: true, since: started };
  if (now - active < QUIET) return { state: "working", guessed: true, since: active };
  return { state: "idle", guessed: true, since: active };
}

/** The agent's own word, as long as what is seen does not speak against it. */
function ownWord({ said, active, now }: StateFacts, reports: readonly Said[]): Standing | undefined {
  if (!said || !reports.includes(said[0])) return undefined;
  const [state, since] = said;
  if (active === undefined) return { state, guessed: false, since };
  // One that never tells the other state is believed until its terminal shows that.
  const isHalf = reports.length === 1;
  if (isHalf && (state === "waiting" ? active > since + DRAWN : now - active >= QUIET)) return undefined;
  return { state, guessed: state === "working" && now - active >= STILL, since };
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
