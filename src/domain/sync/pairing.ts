// What push and fetch work on: one branch of the host and its workspace.
import type { Branch } from "../workspace/branch.ts";
import type { Workspace } from "../workspace/registry.ts";
import type { Repository } from "../workspace/repository.ts";

export interface Pairing {
  repo: Repository;
  branch: Branch;
  workspace: Workspace;
  /** The patterns of the host's sparse checkout go along. */
  sparse?: boolean;
}
