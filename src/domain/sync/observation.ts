// What is seen of a workspace and of each of its submodules: the form of the facts that parse.ts makes of what the guest says. Pure.
import type { Pointer } from "../lfs/pointer.ts";

/** What one workspace says of itself. Every list holds names as text for people, not for use as paths. */
export interface Observation {
  state: "missing" | "foreign" | "broken" | "present";
  /** The id of the repository that it says it belongs to; "" when it does not say. */
  mark: string;
  /** The commit that is checked out; undefined on an unborn branch. */
  head?: string;
  /** The reference that HEAD names; undefined when detached. */
  on?: string;
  /** The commit of the workspace's branch; undefined when there is no such branch. */
  tip?: string;
  /** Commits that only the host has, and only the workspace, as the guest counts; "none" without a common one. */
  relation?: { host: number; workspace: number } | "none";
  /** Commits of the workspace's branch since the one that both sides had at the last sync; false: it has that no longer. */
  sinceSynced?: number | false;
  /**
   * Bytes of what the branch reaches and nothing that came from the host does, where it has something new; of a submodule
   * and with "sizes" all that is there. These two alone.
   */
  lacks?: number;
  operations: string[];
  stashes: string[];
  /** Linked worktrees, the workspace itself left out. */
  worktrees: { path: string; head?: string; branch?: string }[];
  /** All references, or only the branches: see Depth. */
  refs: { oid: string; name: string }[];
  /** Commits that only reflogs name. */
  earlier: string[];
  /** Directories that nobody may look into: also of a broken one. */
  closed: string[];
  /** Repositories inside that git status is silent about: populated submodules. Below `.git/`: what git keeps there of theirs. */
  nested: string[];
  /** Its submodules, populated or not, and those of submodules. */
  modules: Module[];
  /** Paths of submodules that are not checked out; "deep" does not tell them. */
  unpopulated: string[];
  /** Large files (Git LFS) that it holds, in its store or its tree. */
  objects: Pointer[];
  /** git-lfs has put objects into its store there. */
  largeFiles?: true;
  /** Tracked files of which a clean filter leaves something out. */
  filtered: string[];
  /** Tracked files that git was told not to look at. */
  flagged: string[];
  changed: string[];
  /** Files that git calls changed and that are byte by byte as they were committed; not among the changed ones. */
  untouched?: string[];
  untracked: string[];
  /** "deep": every single file, those left out that can be made again. "counts": whole directories as one name. */
  ignored: string[];
  /** How many ignored files can be made again. */
  regenerable: number;
  /** What the guest says of carried files: the SHA-256 of each, or that it is gone. To compare. */
  carried: { path: string; sum: string }[];
  /** Directories, with "/" at the end, in which nothing else lies; of "deep" none. */
  carriedAlone: string[];
  /** The last commit of the workspace's branch, "overview" alone. */
  last?: LastCommit;
}

/** A submodule as the guest has it: what it says of itself, by its git directory's path below `.git/modules`. */
export interface Module {
  name: string;
  /** Its directory in the workspace; undefined for one that is not checked out. */
  worktree?: string;
  /** Of `counts` the branches and what is checked out alone. */
  seen: Observation;
}

export interface LastCommit {
  /** Seconds since 1970, as the commit says. */
  time: number;
  /** To show. */
  subject: string;
}

export interface Overview {
  /** Everything that lies in ~/workspace. */
  names: string[];
  observations: Map<string, Observation>;
}

/** Of a workspace about which nothing is known yet. */
export const nothing = (): Observation => ({
  state: "present",
  mark: "",
  operations: [],
  stashes: [],
  worktrees: [],
  refs: [],
  earlier: [],
  closed: [],
  nested: [],
  modules: [],
  unpopulated: [],
  objects: [],
  filtered: [],
  flagged: [],
  changed: [],
  untracked: [],
  ignored: [],
  regenerable: 0,
  carried: [],
  carriedAlone: [],
});
