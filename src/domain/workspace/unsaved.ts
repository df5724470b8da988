// What lives in the VM's workspaces and nowhere else: asked before anything is deleted.
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { lookAtCarried } from "../carry/look.ts";
import { type CarriedNow, unsavedCarried, withoutCarried } from "../carry/state.ts";
import { heldOnHost } from "../lfs/store.ts";
import { savedInClones } from "../submodules/home/saved.ts";
import { savedOnHost } from "../sync/compare.ts";
import { isOurs } from "../sync/leftovers.ts";
import { observe } from "../sync/observe.ts";
import { markText } from "../sync/occupied.ts";
import type { Module, Observation } from "../sync/parse.ts";
import { oidsOf, unsavedIn, type WorkReport } from "../sync/save/work.ts";
import type { Owner } from "../vault/vault.ts";
import { isRepositoryId } from "./identity.ts";
import type { Workspace } from "./registry.ts";
import { repositoryPlaces } from "./repository.ts";

/** A workspace of the map, and what of it exists nowhere else. */
export interface Examined extends WorkReport {
  workspace: Workspace;
  state: Observation["state"];
  /** Where its host repository is, when it is still there. */
  repo: Owner;
  /** Commits of it that the host has. */
  onHost: string[];
  /** The other repository of this host's form of id that it says it belongs to. */
  mark?: string;
  /** Ignored files that can be made again: no reason to save anything. */
  regenerable: number;
}

export interface Examination {
  examined: Examined[];
  /** Names in ~/workspace that the map does not know and that no interrupted command of ours left; not cleaned. */
  unknown: string[];
}

/** Looks at workspaces in one round trip; with `leaving`, after they were renamed away. Changes nothing. */
export async function examine(
  ctx: Context,
  target: Target,
  workspaces: readonly Workspace[],
  leaving = false,
): Promise<Examination> {
  const asked = workspaces.map(({ dir, branch }) => ({ dir, branch }));
  const { names, observations } = await observe(ctx, target, asked, "deep", leaving);
  const hosts = await hostsOf(ctx, workspaces, observations);
  const dirs = new Set<string>(workspaces.map((one) => one.dir));
  const examined: Examined[] = [];
  for (const one of workspaces) {
    const seen = observations.get(one.dir);
    examined.push(report(one, seen, hosts.get(one.repoId), await lookAtCarried(ctx, one.dir, seen)));
  }
  return {
    examined,
    unknown: names.filter((name) => !dirs.has(name) && !isOurs(name)),
  };
}

function report(
  workspace: Workspace,
  seen: Observation | undefined,
  host: Host | undefined,
  carried: readonly CarriedNow[],
): Examined {
  const safe = host?.safe ?? new Set<string>();
  return {
    dir: workspace.dir,
    title: `${sanitize(workspace.branch)} of ${sanitize(workspace.repoName)}`,
    known: true,
    lines: seen
      ? [
          ...strangeness(workspace, seen),
          ...(seen.state === "present" ? unsavedCarried(carried) : []),
          ...unsavedIn(withoutCarried(seen, carried), safe, (one) => host?.safeIn(one) ?? safe),
        ]
      : ["the VM says nothing about it"],
    workspace,
    state: seen?.state ?? "broken",
    repo: { id: workspace.repoId, directory: host?.directory },
    onHost: seen ? oidsOf(seen).filter((oid) => safe.has(oid)) : [],
    regenerable: seen?.regenerable ?? 0,
    ...(seen && isRepositoryId(seen.mark) && seen.mark !== workspace.repoId && { mark: seen.mark }),
  };
}

/** What bears another mark is never taken for safe: it is somebody's, and saved with everything. */
const strangeness = ({ repoId }: Workspace, { state, mark }: Observation): string[] =>
  state === "present" && mark !== repoId ? [markText(mark)] : [];

interface Host {
  directory: string;
  safe: Set<string>;
  /** The same for what a submodule names: also what lies in a clone of it. */
  safeIn: (module: Module) => ReadonlySet<string>;
}

async function hostsOf(
  ctx: Context,
  workspaces: readonly Workspace[],
  observations: ReadonlyMap<string, Observation>,
): Promise<Map<string, Host>> {
  const hosts = new Map<string, Host>();
  const ids = workspaces.map((one) => one.repoId);
  // A repository that is gone has saved nothing.
  for (const [id, directory] of await repositoryPlaces(ctx, ids)) {
    const mine = workspaces.filter((one) => one.repoId === id);
    const seen = mine.flatMap((one) => observations.get(one.dir) ?? []);
    const modules = seen.flatMap((one) => one.modules);
    const all = [...seen, ...modules.map((one) => one.seen)];
    const safe = await savedOnHost(ctx, directory, all.flatMap(oidsOf));
    const large = all.flatMap((one) => one.objects);
    for (const key of await heldOnHost(ctx, directory, large)) safe.add(key);
    const clones = await savedInClones(ctx, directory, modules, (one) => oidsOf(one.seen));
    const safeIn = ({ name }: Module) => new Set([...safe, ...(clones.get(name) ?? [])]);
    hosts.set(id, { directory, safe, safeIn });
  }
  return hosts;
}
