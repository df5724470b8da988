// The mount's state in words, for `status` and `doctor`. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { MountReport } from "./state.ts";

export interface MountSituation {
  /** The VM's state. */
  state: string;
  mount: MountReport;
  keeper: { mount?: "idle" | "mounted" | "waiting" | undefined } | undefined;
}

export function mountWords({ state, mount, keeper }: MountSituation): string {
  const { condition, wanted, closed } = mount;
  if (condition === "mounted" || condition === "stalled")
    return state === "running"
      ? condition
      : `${condition}, waiting for the VM: what is opened there gives an error`;
  if (condition === "occupied") return condition;
  if (closed !== undefined)
    return `closed${at(closed.at)}: ${sanitize(closed.why)}; to mount again: agent-vm mount`;
  if (!wanted) return condition;
  const kept = keeper?.mount !== undefined && keeper.mount !== "idle";
  if (!kept) return `${condition}, and nobody brings it back; mount again: agent-vm mount`;
  return `${condition}, waiting for the VM: it comes back when the VM answers`;
}

const at = (time: string): string => (time === "" ? "" : ` at ${sanitize(time)}`);
