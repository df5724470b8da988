// What is said of a VM that a watch cannot see into. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { Facts } from "./facts.ts";

const WHY: Record<Facts["vm"], string> = {
  missing: "is gone",
  "half-made": "is not made yet",
  foreign: "was not made by agent-vm",
  stopped: "is stopped",
  starting: "is starting",
  stopping: "is stopping",
  running: "does not answer",
  "not answering": "does not answer",
  broken: "is broken",
};

export function vmWords({ vm, trouble }: Pick<Facts, "vm" | "trouble">, name: string): string {
  const why = trouble === undefined ? "" : ` (${sanitize(trouble)})`;
  return `The VM ${name} ${WHY[vm]}${why}; waiting for it (Ctrl-C ends the waiting).`;
}
