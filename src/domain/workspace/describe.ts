// Every workspace in a few words and numbers, for `status`; one round trip for all of them.
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { agentReports, type ListedSession, listed } from "../session/list.ts";
import { aheadOf } from "../submodules/home/saved.ts";
import { savedOnHost } from "../sync/compare.ts";
import { listRefs } from "../sync/mirror.ts";
import { syncedRef } from "../sync/names-of-refs.ts";
import { leavingName, observeAll } from "../sync/observe.ts";
import { type LastCommit, type Observation, type Overview, textOf } from "../sync/parse.ts";
import { verdictOn } from "../sync/relation.ts";
import { NO_STATE, ownCommits, stateOf, type WorkspaceState } from "../sync/state-words.ts";
import type { Verdict } from "../sync/verdict.ts";
import { listWorkspaces, type Workspace } from "./registry.ts";
import { repositoryPlaces } from "./repository.ts";

export interface WorkspaceStatus extends WorkspaceState {
  dir: string;
  /** The repository's name; undefined for a directory this host does not know. */
  repo: string | undefined;
  branch: string | undefined;
  /**
   * "leaving": it is being deleted, or its deletion was interrupted; what was in it is there. "occupied": a repository
   * without this one's mark lies there.
   */
  state: Observation["state"] | "leaving" | "occupied" | "unknown" | "orphan";
  /** Undefined when it cannot be known: the VM is not up, the host's repository is gone. */
  verdict: Verdict | undefined;
  /** The commit of the workspace's branch, and what it says of itself; told by `status --watch` alone. */
  tip?: string;
  last?: LastCommit;
}

/** The workspaces, and every session of the VM. */
export interface Described {
  workspaces: WorkspaceStatus[];
  /** Undefined when it cannot be known. */
  sessions: ListedSession[] | undefined;
}

export async function describeWorkspaces(ctx: Context, target: Target | undefined) {
  return (await describeAll(ctx, target)).workspaces;
}

/** Without a target only what the host's own map says. */
export async function describeAll(ctx: Context, target: Target | undefined): Promise<Described> {
  if (target === undefined)
    return { workspaces: (await listWorkspaces(ctx)).map(unknownYet), sessions: undefined };
  const question = await questionOf(ctx);
  const { overview, sessions } = await observeAll(ctx, target, question.asked);
  return {
    workspaces: await described(ctx, question, overview),
    sessions: sessions && listed(sessions, question.asked, await agentReports(ctx)),
  };
}

export const unknownYet = (one: Workspace): WorkspaceStatus => ({ ...base(one), state: "unknown" });

/** What the host knows, and wants to know of each of its workspaces. */
export interface Question {
  asked: Asking[];
  places: Map<string, Place>;
}

export async function questionOf(ctx: Context): Promise<Question> {
  const workspaces = await listWorkspaces(ctx);
  const places = await placesOf(ctx, workspaces);
  return { asked: workspaces.map((one) => askedOf(one, places.get(one.repoId))), places };
}

/** The workspaces that were asked about, or those of them in `only`, and what else lies there. */
export async function described(
  ctx: Context,
  { asked: all, places }: Question,
  { names, observations }: Overview,
  only?: ReadonlySet<string>,
): Promise<WorkspaceStatus[]> {
  const asked = all.filter((one) => only?.has(one.dir) ?? true);
  for (const [id, place] of places) {
    const mine = asked.filter((one) => one.repoId === id);
    const seen = mine.flatMap((one) => observations.get(one.dir) ?? []);
    if (seen.length > 0) place.saved = await savedOnHost(ctx, place.directory, seen.flatMap(ownCommits));
  }
  const known: WorkspaceStatus[] = [];
  for (const one of asked) {
    const seen = observations.get(one.dir);
    if (seen?.state === "missing" && names.includes(leavingName(one.dir)))
      known.push({ ...base(one), state: "leaving" });
    else known.push(await statusOf(ctx, one, seen, places.get(one.repoId)));
  }
  const dirs = new Set<string>(all.map((one) => one.dir));
  const orphans = names.filter((name) => !dirs.has(name) && !name.startsWith(".agent-vm."));
  return [...known, ...orphans.map((dir) => ({ ...orphan, dir }))];
}

const orphan: Omit<WorkspaceStatus, "dir"> = {
  repo: undefined,
  branch: undefined,
  state: "orphan",
  verdict: undefined,
  ...NO_STATE,
};

const base = ({ dir, repoName, branch }: Workspace) => ({
  dir,
  repo: repoName,
  branch,
  verdict: undefined,
  ...NO_STATE,
});

/** A repository of the host, asked once for all its workspaces. */
export interface Place {
  directory: string;
  /** Name → commit of branches and of what is known of workspaces; names as text. */
  refs: Map<string, string>;
  /** Those of the workspaces' commits that the host has. */
  saved: Set<string>;
}

async function placesOf(ctx: Context, workspaces: readonly Workspace[]): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  const ids = workspaces.map((one) => one.repoId);
  for (const [id, directory] of await repositoryPlaces(ctx, ids)) {
    const refs = await listRefs(ctx, directory, ["refs/heads/", "refs/agent-vm/"]);
    const named = new Map([...refs].map(([name, oid]) => [textOf(name), oid]));
    places.set(id, { directory, refs: named, saved: new Set() });
  }
  return places;
}

export interface Asking extends Workspace {
  tip: string | undefined;
  synced: string | undefined;
}

const askedOf = (one: Workspace, place: Place | undefined): Asking => ({
  ...one,
  tip: place?.refs.get(`refs/heads/${one.branch}`),
  synced: place?.refs.get(syncedRef(one)),
});

async function statusOf(
  ctx: Context,
  asked: Asking,
  seen: Observation | undefined,
  place: Place | undefined,
): Promise<WorkspaceStatus> {
  if (seen === undefined || seen.state !== "present")
    return { ...base(asked), state: seen?.state ?? "unknown" };
  if (seen.mark !== asked.repoId) return { ...base(asked), state: "occupied" };
  const tips = { host: asked.tip, workspace: seen.tip, synced: asked.synced };
  const { directory } = place ?? {};
  const ahead =
    directory === undefined ? [] : await aheadOf(ctx, { directory, commonDir: directory }, seen.modules);
  return {
    ...base(asked),
    state: "present",
    verdict: place && (await verdictOn(ctx, place.directory, tips, seen)),
    ...stateOf(seen, asked.branch, place?.saved ?? new Set(), ahead),
    ...(seen.last !== undefined && seen.tip !== undefined && { tip: seen.tip, last: seen.last }),
  };
}
