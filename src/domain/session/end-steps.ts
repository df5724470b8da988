// What the end of sessions does next: they are asked, told to hang up when half of their time is over, then killed. Pure.

export type EndStep = "ask" | "hangup" | "kill" | "look";

export interface EndClock {
  /** Seconds since they were asked. */
  elapsed: number;
  /** Seconds that they get. */
  grace: number;
  /** The last step that sent a signal. */
  last: EndStep;
}

/** A program that is deaf to the first signal may know the second; nobody is killed before his time. */
export function nextStep({ elapsed, grace, last }: EndClock): EndStep {
  if (elapsed >= grace) return "kill";
  return last === "ask" && elapsed >= grace / 2 ? "hangup" : "look";
}
