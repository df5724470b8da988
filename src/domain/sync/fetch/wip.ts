// Uncommitted work brought home on its own: a save of the workspace as it is now, with nothing deleted.
import type { Context } from "../../../context.ts";
import { quote, type Target } from "../../../target.ts";
import { saveDirectory } from "../../vault/records.ts";
import type { Save } from "../../vault/save.ts";
import { vaultPath } from "../../vault/vault.ts";
import type { Workspace } from "../../workspace/registry.ts";
import type { Repository } from "../../workspace/repository.ts";
import { observeOne } from "../observe.ts";
import type { Observation } from "../parse.ts";
import { type Saved, saveWorkspace } from "../save/save.ts";
import { nameLines } from "../words.ts";

/** Tracked, staged and untracked files and stashes of a workspace into the vault (spec, section 3). */
export async function saveWip(
  ctx: Context,
  target: Target,
  repo: Repository,
  workspace: Workspace,
): Promise<Saved> {
  const repository = { id: repo.id, directory: repo.directory };
  const what = { dir: workspace.dir, workspace, repo: repository, why: "wip" as const, ignored: false };
  return saveWorkspace(ctx, target, what);
}

/** How to look at a save with git alone, as lines for the user. */
export function lookingAt(ctx: Context, save: Save): string[] {
  const bundle = save.files.find((one) => one.kind === "bundle");
  if (bundle) return [`Everything is in a bundle: ${quote(`${saveDirectory(ctx, save)}/${bundle.file}`)}`];
  const gitDir = quote(vaultPath(ctx, save.repoId).gitDir);
  const show = (name: string) => `git --git-dir=${gitDir} show refs/saves/${save.id}/own/${name}`;
  return [
    `Its uncommitted work is saved (${save.id}). The files as they were: ${show("tree")}`,
    ...(save.stashes.length > 0 ? [`The newest stash: ${show("stash/0")}`] : []),
  ];
}

/** True when a save would hold more than the commits of branches. */
export const hasWip = (seen: Observation): boolean =>
  seen.changed.length + seen.untracked.length + seen.stashes.length + seen.operations.length > 0;

/** Files that git was told not to look at may be edited; only the deep look asks for them. */
async function hasHidden(ctx: Context, target: Target, { dir, branch }: Workspace): Promise<boolean> {
  const { flagged } = await observeOne(ctx, target, { dir, branch }, "deep");
  return flagged.length > 0;
}

/** `fetch --wip`: told at once, so that it is known whatever becomes of the branch. */
export async function bringWip(
  ctx: Context,
  target: Target,
  pair: { repo: Repository; workspace: Workspace },
  seen: Observation,
): Promise<void> {
  if (!hasWip(seen) && !(await hasHidden(ctx, target, pair.workspace))) {
    return ctx.out.say("The workspace holds nothing uncommitted.");
  }
  const { save, left } = await saveWip(ctx, target, pair.repo, pair.workspace);
  const inside = nameLines("not brought, a repository of its own (clean saves it)", left);
  for (const line of [...lookingAt(ctx, save), ...inside]) ctx.out.say(line);
}
