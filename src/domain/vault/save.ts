// What a save is: the record beside the vault that says what was kept, from where, and how it was checked.
import type { Pointer } from "../lfs/pointer.ts";

/** A piece of a save that is no git object of the vault: a checksummed bundle or tar, kept as it came. */
export interface OpaqueFile {
  /** Its name in the save's directory. */
  file: string;
  kind: "bundle" | "tar";
  /** Hexadecimal, computed by the guest while it sent and by the host over what was written. */
  sha256: string;
  bytes: number;
  /** What it holds, for people: not cleaned, a stranger's bytes as text. */
  holds: string;
}

export interface Stash {
  oid: string;
  message: string;
}

export interface Save {
  version: 1;
  /** `20261121-143005-3f9a`: sortable, unique in its repository. */
  id: string;
  why: "wip" | "clean" | "destroy";
  /** ISO 8601, UTC. */
  time: string;
  vm: string;
  /** Undefined for what belongs to no repository of this host. */
  repoId?: string;
  repoName: string;
  branch?: string;
  /** The workspace's directory in the VM when it was saved. */
  dir: string;
  /** The repository that it said it belonged to, when that was another one than `repoId`: it comes back so. */
  mark?: string;
  /** Where HEAD was: the reference it named (undefined: detached), and the commit (undefined: unborn). */
  head: { on?: string; oid?: string };
  /**
   * References in the vault, each below `refs/saves/<id>/`:
   * `own/head`, `own/index` (a commit of the index on HEAD), `own/tree` (a commit of all saved files on the index),
   * `own/stages` (the sides of an unfinished merge: `1/…`, `2/…`, `3/…`), `own/state` (files of `.git` that describe an
   * operation in progress, `index` among them), `own/stash/<n>`, `own/earlier` (a commit whose parents are commits that
   * only reflogs or an operation in progress name), `own/private` (`paths` of untracked files that only their owner may
   * read), `own/large` (`paths` of large files whose `own/tree` entry is a pointer: "oid size path"), `own/sparse` (of a sparse checkout: its `patterns`, whether they are a `cone`, the paths that were `absent`),
   * and `refs/<rest>` for each reference of the workspace.
   */
  refs: { name: string; oid: string }[];
  /** Large files (Git LFS) whose content lies in the vault's own store; without it: none. */
  large?: Pointer[];
  /** Newest first. */
  stashes: Stash[];
  files: OpaqueFile[];
  /** The object references are in `files` as a bundle, because the vault's own check refused them. */
  bundled: boolean;
  /** Ignored files that can be made again and were not saved. */
  regenerable: number;
}
