// Every workspace in a few words and numbers, for `status`; one round trip for all of them.
import type { Context } from "../../context.ts";
import { eachOf } from "../../io/each-of.ts";
import type { Target } from "../../target.ts";
import { lookAtCarried } from "../carry/look.ts";
import { type CarriedNow, isSafe, withoutCarried } from "../carry/state.ts";
import { type ListedSession, listed, reportsFor } from "../session/list.ts";
import { aheadOf } from "../submodules/home/saved.ts";
import { foundOnHost, namedOnHost, type OnHost } from "../sync/compare.ts";
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
  /** The host's ignored files that were carried into it; without any there is no such field. */
  carried?: CarriedNow[];
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
  if (target === undefined) {
    const workspaces = (await listWorkspaces(ctx)).map(unknownYet);
    for (const one of workspaces) Object.assign(one, carriedOf(await lookAtCarried(ctx, one.dir, undefined)));
    return { workspaces, sessions: undefined };
  }
  const question = await questionOf(ctx);
  const { overview, sessions } = await observeAll(ctx, target, question.asked);
  return {
    workspaces: await described(ctx, question, overview),
    sessions: sessions && listed(sessions, question.asked, await reportsFor(ctx, sessions)),
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
  const found = await foundFor(ctx, places, asked, observations);
  const known = await eachOf(asked, async (one): Promise<WorkspaceStatus> => {
    const seen = observations.get(one.dir);
    if (seen?.state === "missing" && names.includes(leavingName(one.dir)))
      return { ...base(one), state: "leaving" };
    return statusOf(ctx, one, seen, found.get(one.repoId));
  });
  const dirs = new Set<string>(all.map((one) => one.dir));
  const orphans = names.filter((name) => !dirs.has(name) && !name.startsWith(".agent-vm."));
  return [...known, ...orphans.map((dir) => ({ ...orphan, dir }))];
}

const carriedOf = (carried: CarriedNow[]) => (carried.length > 0 ? { carried } : {});

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
  /** Name → object of all references; names as text. */
  refs: Map<string, string>;
  /** They were read a moment ago: whoever has taken this reads again what they name. */
  fresh: boolean;
}

/** A place, and which of its workspaces' commits it has. */
type Found = OnHost & Pick<Place, "directory">;

/** A question for each repository, none for one whose references name all that its workspaces have. */
async function foundFor(
  ctx: Context,
  places: Question["places"],
  asked: readonly Asking[],
  observations: Overview["observations"],
): Promise<Map<string, Found>> {
  const all = await eachOf([...places], async ([id, place]): Promise<[string, Found]> => {
    const mine = asked.filter((one) => one.repoId === id);
    const oids = mine.flatMap((one) => ownCommits(observations.get(one.dir) ?? NOT_SEEN));
    const { directory } = place;
    if (oids.length === 0) return [id, { directory, saved: new Set(), there: new Set() }];
    const named = place.fresh ? new Set(place.refs.values()) : await namedOnHost(ctx, directory);
    place.fresh = false;
    return [id, { directory, ...(await foundOnHost(ctx, { directory, named }, oids)) }];
  });
  return new Map(all);
}

const NOT_SEEN = { refs: [] };

async function placesOf(ctx: Context, workspaces: readonly Workspace[]): Promise<Map<string, Place>> {
  const ids = workspaces.map((one) => one.repoId);
  const places = await eachOf(
    [...(await repositoryPlaces(ctx, ids))],
    async ([id, directory]): Promise<[string, Place]> => {
      const refs = await listRefs(ctx, directory, []);
      const named = new Map([...refs].map(([name, oid]) => [textOf(name), oid]));
      return [id, { directory, refs: named, fresh: true }];
    },
  );
  return new Map(places);
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
  host: Found | undefined,
): Promise<WorkspaceStatus> {
  if (seen === undefined || seen.state !== "present")
    return { ...base(asked), state: seen?.state ?? "unknown" };
  if (seen.mark !== asked.repoId) return { ...base(asked), state: "occupied" };
  const onHost = seen.tip !== undefined && host?.there.has(seen.tip) === true;
  const sides = { host: asked.tip, workspace: seen.tip, synced: asked.synced, onHost };
  const carried = await lookAtCarried(ctx, asked.dir, seen);
  const place = host && { directory: host.directory, commonDir: host.directory };
  const ahead = place === undefined ? [] : await aheadOf(ctx, place, seen.modules);
  return {
    ...base(asked),
    state: "present",
    verdict: host && (await verdictOn(ctx, host.directory, sides, seen)),
    ...stateOf(withoutCarried(seen, carried, isSafe), asked.branch, host?.saved ?? new Set(), ahead),
    ...carriedOf(carried),
    ...(seen.last !== undefined && seen.tip !== undefined && { tip: seen.tip, last: seen.last }),
  };
}
