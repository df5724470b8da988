// What a save is asked for, and what all its steps know. Pure.
import type { Save } from "../../../vault/save.ts";
import type { Owner, Vault } from "../../../vault/vault.ts";
import type { Workspace } from "../../../workspace/registry.ts";
import type { Snapshot } from "../take-snapshot.ts";

export interface ToSave {
  /** The directory below ~/workspace: the workspace's own, or the name it was renamed to. */
  dir: string;
  workspace: Workspace;
  repo: Owner;
  why: Save["why"];
  /** The other repository that it says it belongs to. */
  mark?: string;
  /** With ignored files that nothing makes again, and with what git cannot hold. */
  ignored: boolean;
  /** Commits the host has, so that their size is not counted. */
  known?: readonly string[];
  /** Asked when it is larger than LARGE; it throws when the user does not want that. */
  agree?: (bytes: number) => Promise<void>;
}

export interface Bringing {
  vault: Vault;
  what: ToSave;
  snapshot: Snapshot;
  save: Save;
  /** Tells what is happening. */
  now: (doing: string) => void;
}

/** From here on the user is asked (1 GiB, the figure). */
export const LARGE = 1024 * 1024 * 1024;

/** The repository in the guest that a snapshot is made in. */
export const scratchOf = (workspace: Workspace): string => `.agent-vm.save.${workspace.dir}`;

/** No more than the guest said, and the user agreed to, with room for what it cannot count; bytes. */
export const limitFor = ({ bytes }: Snapshot): number => 2 * bytes + LARGE;
