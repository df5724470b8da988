// What a workspace's state is beside the verdict, in the same words for every command. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { Observation } from "./parse.ts";
import { operationText } from "./plan.ts";

/** The facts of one workspace, as `status --json` gives them too. */
export interface WorkspaceState {
  changed: number;
  untracked: number;
  ignored: number;
  stashes: number;
  /** Operations in progress: files of `.git` such as MERGE_HEAD, rebase-merge, BISECT_LOG. */
  operations: string[];
  /** The branch that is checked out there when it is not the workspace's own; not cleaned. */
  on?: string;
  /** The commit of a detached HEAD. */
  detached?: string;
  /** Other branches there with commits the host has not; not cleaned. */
  otherBranches: string[];
  /** Submodules there with commits the host has not; not cleaned. */
  submodules: string[];
  /** Submodules that are not checked out there; not cleaned. Without any there is no such field. */
  unpopulated?: string[];
}

const HEADS = "refs/heads/";

/** The commits of the branches and of a detached HEAD: what savedOnHost() is asked about. */
export const ownCommits = (seen: Pick<Observation, "refs" | "on" | "head">): string[] => [
  ...seen.refs.flatMap(({ oid, name }) => (name.startsWith(HEADS) ? [oid] : [])),
  ...(seen.on === undefined && seen.head !== undefined ? [seen.head] : []),
];

/** `saved` holds the commits that the host has, `submodules` those that have others. */
export function stateOf(
  seen: Observation,
  branch: string,
  saved: ReadonlySet<string>,
  submodules: readonly string[] = [],
): WorkspaceState {
  const others = seen.refs.filter(
    ({ oid, name }) => name.startsWith(HEADS) && name !== HEADS + branch && !saved.has(oid),
  );
  const unpopulated = [
    ...seen.unpopulated,
    ...seen.modules.flatMap((one) => one.seen.unpopulated.map((path) => `${one.worktree}/${path}`)),
  ];
  return {
    changed: seen.changed.length,
    untracked: seen.untracked.length,
    ignored: seen.ignored.length,
    stashes: seen.stashes.length,
    operations: seen.operations,
    ...(seen.on !== undefined && seen.on !== HEADS + branch && { on: seen.on.replace(HEADS, "") }),
    ...(seen.on === undefined && seen.head !== undefined && { detached: seen.head }),
    otherBranches: others.map(({ name }) => name.slice(HEADS.length)),
    submodules: [...submodules],
    ...(unpopulated.length > 0 && { unpopulated }),
  };
}

/** One cleaned phrase for each fact ("other branches": those with commits the host has not); none for a workspace with nothing to tell. */
export function stateWords(state: WorkspaceState): string[] {
  const counts = (["changed", "untracked", "ignored", "stashes"] as const).flatMap((name) =>
    state[name] > 0 ? [`${name} ${state[name]}`] : [],
  );
  const others = state.otherBranches.length;
  return [
    ...counts,
    ...state.operations.map(operationText),
    ...(others > 0 ? [`other branches ${others}`] : []),
    ...(state.submodules.length > 0 ? [`submodules ahead ${state.submodules.length}`] : []),
    ...(state.unpopulated ? [`submodules not checked out ${state.unpopulated.length}`] : []),
    ...(state.detached === undefined ? [] : ["detached HEAD"]),
    ...(state.on === undefined ? [] : [`on ${sanitize(state.on, 40)}`]),
  ];
}

export const NO_STATE: WorkspaceState = {
  changed: 0,
  untracked: 0,
  ignored: 0,
  stashes: 0,
  operations: [],
  otherBranches: [],
  submodules: [],
};
