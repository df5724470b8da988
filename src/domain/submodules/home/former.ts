// Submodules that a commit on the way had and the last one has no more: nothing but the workspace may have their commits.
import type { Context } from "../../../context.ts";
import { savedOnHost } from "../../sync/compare.ts";
import type { Module } from "../../sync/parse.ts";
import { type Declared, declaredIn } from "../declared.ts";
import { type Clone, type Holder, hostCloneOf } from "../host-clone.ts";
import { nameFault, type Submodule } from "../rules.ts";
import type { Recorded } from "./recorded.ts";
import { tipsOf } from "./saved.ts";

/** Commits that are looked into; each is three calls of git. */
const MAX_ASKED = 100;

/**
 * What the recorded commits were of, as those who recorded them declare it: for each path that `now` does not declare the
 * last that did. One that has moved since is among them, too, under the name that it still has. Asks nothing where all
 * paths are declared.
 */
export async function formerlyDeclared(
  ctx: Context,
  directory: string,
  { now, recorded }: { now: Declared; recorded: readonly Recorded[] },
): Promise<Submodule[]> {
  const known = new Set(now.submodules.map(({ path }) => path));
  const found: Submodule[] = [];
  let asked = 0;
  for (const { path, by } of recorded) {
    if (known.has(path)) continue;
    known.add(path);
    asked += 1;
    if (asked > MAX_ASKED) break;
    const then = await declaredIn(ctx, directory, by);
    found.push(...then.submodules.filter((one) => one.path === path));
  }
  return found;
}

/** Of a submodule of the workspace that no commit of the branch names: the host's clone, where it has one. */
export interface Unnamed {
  module: Module;
  path: string;
  oid: string;
  clone: Clone | undefined;
}

/** Those of the modules with commits that neither the host's repository nor its clone has. */
export async function unnamedWithWork(
  ctx: Context,
  { directory, holder }: { directory: string; holder: Holder },
  modules: readonly Module[],
): Promise<Unnamed[]> {
  const found: Unnamed[] = [];
  for (const module of modules) {
    const [oid] = tipsOf(module);
    if (oid === undefined || nameFault(module.name) !== undefined) continue;
    // By its name alone: in its place in the work tree may be another one.
    const where = { gitDirs: holder.gitDirs, worktree: undefined };
    const clone = (await hostCloneOf(ctx, where, { name: module.name, path: module.name, oid }))?.clone;
    const tips = tipsOf(module);
    const own = await savedOnHost(ctx, directory, tips);
    const inClone = clone && (await savedOnHost(ctx, clone.gitDir, tips));
    if (tips.every((one) => own.has(one) || inClone?.has(one))) continue;
    found.push({ module, path: module.worktree ?? module.name, oid, clone });
  }
  return found;
}
