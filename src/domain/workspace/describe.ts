// Every workspace in a few words and numbers, for `status`; one round trip for all of them.
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { countBetween } from "../sync/compare.ts";
import { observe } from "../sync/observe.ts";
import type { Observation } from "../sync/parse.ts";
import { type Verdict, verdictOf } from "../sync/verdict.ts";
import { listWorkspaces, type Workspace } from "./registry.ts";
import { repositoryPlaces } from "./repository.ts";

export interface WorkspaceStatus {
  dir: string;
  /** The repository's name; undefined for a directory this host does not know. */
  repo: string | undefined;
  branch: string | undefined;
  state: Observation["state"] | "unknown" | "orphan";
  /** Undefined when it cannot be known: the VM is not up, the host's repository is gone. */
  verdict: Verdict | undefined;
  changed: number;
  untracked: number;
  ignored: number;
  stashes: number;
}

const NO_DIRT = { changed: 0, untracked: 0, ignored: 0, stashes: 0 };

/** Without a target only what the host's own map says. */
export async function describeWorkspaces(
  ctx: Context,
  target: Target | undefined,
): Promise<WorkspaceStatus[]> {
  const workspaces = await listWorkspaces(ctx);
  if (target === undefined) return workspaces.map((one) => ({ ...base(one), state: "unknown" }));
  const places = await placesOf(ctx, workspaces);
  const asked = await Promise.all(
    workspaces.map(async (one) => ({ ...one, tip: (await tipsIn(ctx, places, one.repoId)).get(one.branch) })),
  );
  const { names, observations } = await observe(ctx, target, asked, "counts");
  const known: WorkspaceStatus[] = [];
  for (const one of asked)
    known.push(await statusOf(ctx, one, observations.get(one.dir), places.get(one.repoId)));
  const dirs = new Set<string>(workspaces.map((one) => one.dir));
  const orphans = names.filter((name) => !dirs.has(name) && !name.startsWith(".agent-vm."));
  return [...known, ...orphans.map((dir) => ({ ...orphan, dir }))];
}

const orphan: Omit<WorkspaceStatus, "dir"> = {
  repo: undefined,
  branch: undefined,
  state: "orphan",
  verdict: undefined,
  ...NO_DIRT,
};

const base = ({ dir, repoName, branch }: Workspace) => ({
  dir,
  repo: repoName,
  branch,
  verdict: undefined,
  ...NO_DIRT,
});

interface Place {
  directory: string;
  /** Branch → commit; asked of git once. */
  tips?: Promise<Map<string, string>>;
}

async function placesOf(ctx: Context, workspaces: readonly Workspace[]): Promise<Map<string, Place>> {
  const ids = workspaces.map((one) => one.repoId);
  const found = await repositoryPlaces(ctx, ids);
  return new Map([...found].map(([id, directory]) => [id, { directory }]));
}

async function tipsIn(ctx: Context, places: Map<string, Place>, id: string): Promise<Map<string, string>> {
  const place = places.get(id);
  if (place === undefined) return new Map();
  place.tips ??= readTips(ctx, place.directory);
  return place.tips;
}

async function readTips(ctx: Context, directory: string): Promise<Map<string, string>> {
  const { stdout } = await git(ctx, directory, [
    "for-each-ref",
    "--format=%(objectname) %(refname)",
    "refs/heads/",
  ]);
  const lines = stdout.split("\n").filter(Boolean);
  return new Map(
    lines.map((line) => [line.slice(line.indexOf(" ") + 1 + "refs/heads/".length), line.split(" ")[0] ?? ""]),
  );
}

async function statusOf(
  ctx: Context,
  asked: Workspace & { tip: string | undefined },
  seen: Observation | undefined,
  place: Place | undefined,
): Promise<WorkspaceStatus> {
  if (seen === undefined || seen.state !== "present")
    return { ...base(asked), state: seen?.state ?? "unknown" };
  return {
    ...base(asked),
    state: "present",
    verdict: place && (await verdict(ctx, place.directory, asked.tip, seen)),
    changed: seen.changed.length,
    untracked: seen.untracked.length,
    ignored: seen.ignored.length,
    stashes: seen.stashes.length,
  };
}

async function verdict(
  ctx: Context,
  directory: string,
  host: string | undefined,
  seen: Observation,
): Promise<Verdict> {
  const workspace = seen.tip;
  if (host === undefined || workspace === undefined || host === workspace) {
    return verdictOf({ host, workspace, counts: undefined });
  }
  const counts = (await countBetween(ctx, directory, { host, workspace })) ?? seen.relation;
  return verdictOf({ host, workspace, counts });
}
