// The VM's true state from the facts that can be had without waking it. Pure.
import type { Phase } from "./record.ts";

export const STATES = [
  "missing",
  "half-made",
  "foreign",
  "stopped",
  "starting",
  "stopping",
  "running",
  "not answering",
  "broken",
] as const;
export type VmState = (typeof STATES)[number];

export interface VmFacts {
  phase: Phase | undefined;
  /** Lima's word for the instance; undefined when Lima has none of that name. */
  instance: string | undefined;
  /** Pid files name processes that are not the VM's (the host was restarted and the numbers given anew). */
  stalePids: boolean;
  /** The VM answered over ssh. */
  answers: boolean;
  /** The verb of the command that holds the VM's lock now. */
  busyWith: string | undefined;
}

export function vmState(facts: VmFacts): VmState {
  const { phase, instance, busyWith } = facts;
  if (facts.answers && phase === "ready") return "running";
  if (busyWith === "stop" || busyWith === "destroy") return "stopping";
  if (busyWith !== undefined) return "starting";
  if (instance === undefined) return phase === undefined || phase === "ready" ? "missing" : "half-made";
  if (phase === undefined) return "foreign";
  if (phase === "creating" || instance === "") return phase === "ready" ? "broken" : "half-made";
  if (facts.stalePids || instance === "Stopped") return phase === "ready" ? "stopped" : "half-made";
  if (phase !== "ready") return "half-made";
  return instance === "Running" ? "not answering" : "broken";
}
