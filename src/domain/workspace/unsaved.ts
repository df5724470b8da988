// What lives in the VM's workspaces and nowhere else: asked before anything is deleted.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { savedOnHost } from "../sync/compare.ts";
import { observe } from "../sync/observe.ts";
import type { Observation } from "../sync/parse.ts";
import { oidsOf, reportLines, unsavedIn, type WorkReport } from "../sync/work.ts";
import { listWorkspaces, type Workspace } from "./registry.ts";
import { repositoryPlaces } from "./repository.ts";

/** A report for each workspace of the map and each thing in ~/workspace that the map does not know; one round trip. */
export async function unsavedWork(ctx: Context, target: Target): Promise<WorkReport[]> {
  const workspaces = await listWorkspaces(ctx);
  const asked = workspaces.map(({ dir, branch }) => ({ dir, branch }));
  const { names, observations } = await observe(ctx, target, asked, "deep");
  const known = await reportsOn(ctx, workspaces, observations);
  const dirs = new Set<string>(workspaces.map((one) => one.dir));
  return [...known, ...names.filter((name) => !dirs.has(name) && !isOurs(name)).map(orphan)];
}

/** For `destroy`: throws UserError (4) that names all work which would be lost. */
export async function refuseUnsavedWork(ctx: Context, target: Target): Promise<void> {
  const lines = reportLines(await unsavedWork(ctx, target));
  if (lines.length === 0) return;
  throw new UserError(`The VM ${ctx.paths.vm} holds work that exists nowhere else.`, {
    details: lines,
    hint: "Bring it home with agent-vm fetch <branch>, or delete it all: agent-vm destroy --force",
    exit: EXIT.refused,
  });
}

/** What is found in workspaces of the map, compared with their host repositories. */
export async function reportsOn(
  ctx: Context,
  workspaces: readonly Workspace[],
  observations: ReadonlyMap<string, Observation>,
): Promise<WorkReport[]> {
  const saved = await savedByRepository(ctx, workspaces, observations);
  return workspaces.map((workspace) => {
    const seen = observations.get(workspace.dir);
    const safe = saved.get(workspace.repoId) ?? new Set<string>();
    const lines = seen ? unsavedIn(seen, safe) : ["the VM says nothing about it"];
    const title = `${sanitize(workspace.branch)} of ${sanitize(workspace.repoName)}`;
    return { dir: workspace.dir, title, known: true, lines };
  });
}

async function savedByRepository(
  ctx: Context,
  workspaces: readonly Workspace[],
  observations: ReadonlyMap<string, Observation>,
): Promise<Map<string, Set<string>>> {
  const saved = new Map<string, Set<string>>();
  const ids = workspaces.map((one) => one.repoId);
  // A repository that is gone has saved nothing.
  for (const [id, place] of await repositoryPlaces(ctx, ids)) {
    const mine = workspaces.filter((one) => one.repoId === id);
    const oids = mine.flatMap((one) => {
      const seen = observations.get(one.dir);
      return seen ? oidsOf(seen) : [];
    });
    saved.set(id, await savedOnHost(ctx, place, oids));
  }
  return saved;
}

/** Left by an interrupted creation or deletion of ours. */
const isOurs = (name: string): boolean => /^\.agent-vm\.(new|trash)\./.test(name);

const orphan = (name: string): WorkReport => ({
  dir: name,
  title: "not known to this host",
  known: false,
  lines: ["it may hold work that exists nowhere else"],
});
