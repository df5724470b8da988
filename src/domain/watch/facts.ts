// What a watch knows at one moment. Pure.
import type { ListedSession } from "../session/list.ts";
import type { VmState } from "../vm/state.ts";
import type { WorkspaceStatus } from "../workspace/describe.ts";

export interface Facts {
  /** "running" while we are connected, and before the first look. */
  vm: VmState;
  /** False: the workspaces and sessions are as they were last seen. */
  connected: boolean;
  /** Why the last connection was given up, when it was not the VM that ended it. */
  trouble: string | undefined;
  workspaces: readonly WorkspaceStatus[];
  /** Undefined until they were seen. */
  sessions: readonly ListedSession[] | undefined;
  /** Bytes of each directory that was measured. */
  sizes: ReadonlyMap<string, number>;
  /** Bytes of the VM's disk. */
  disk: { used: number; total: number } | undefined;
}

export const NOTHING_SEEN: Facts = {
  vm: "running",
  connected: false,
  trouble: undefined,
  workspaces: [],
  sessions: undefined,
  sizes: new Map(),
  disk: undefined,
};
