// Which objects of a workspace's submodules the host has, in its own clones of them. Changes nothing.
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Context } from "../../../context.ts";
import { heldOnHost } from "../../lfs/store.ts";
import { savedOnHost } from "../../sync/compare.ts";
import type { Module } from "../../sync/parse.ts";
import { hostCloneOf } from "../host-clone.ts";
import { nameFault } from "../rules.ts";

/**
 * Of the objects that the guest's submodules name, those that a clone of the same submodule keeps by its references, and
 * the keys of large files that its store has.
 * `commonDir` is the host repository's. What the guest says of names and places only chooses which clone is asked; one
 * that does not follow the rules has nothing saved.
 */
export async function savedInClones(
  ctx: Context,
  commonDir: string,
  modules: readonly Module[],
  oidsOf: (module: Module) => readonly string[],
): Promise<Map<string, Set<string>>> {
  const saved = new Map<string, Set<string>>();
  const named = modules.filter(({ name }) => nameFault(name) === undefined);
  if (named.length === 0) return saved;
  const gitDirs = [commonDir, ...(await linkedWorktrees(commonDir))];
  for (const name of new Set(named.map((one) => one.name))) {
    const mine = named.filter((one) => one.name === name);
    const oids = mine.flatMap(oidsOf);
    const found = saved.get(name) ?? new Set<string>();
    const large = mine.flatMap((one) => one.seen.objects);
    for (const clone of await clonesOf(ctx, { commonDir, gitDirs }, mine)) {
      for (const oid of await savedOnHost(ctx, clone, oids)) found.add(oid);
      for (const key of await heldOnHost(ctx, clone, large)) found.add(key);
    }
    saved.set(name, found);
  }
  return saved;
}

/** The branches of a submodule, with their commits. */
export const branchesOf = ({ seen }: Module) =>
  seen.refs.filter(({ name }) => name.startsWith("refs/heads/"));

/** What its branches are at, and what is checked out. */
export const tipsOf = (module: Module): string[] => [
  ...branchesOf(module).map(({ oid }) => oid),
  ...(module.seen.head === undefined ? [] : [module.seen.head]),
];

/** The submodules of a workspace with tips that the host has not, as the guest calls them: not cleaned. */
export async function aheadOf(
  ctx: Context,
  { directory, commonDir }: { directory: string; commonDir: string },
  modules: readonly Module[],
): Promise<string[]> {
  if (modules.length === 0) return [];
  const own = await savedOnHost(ctx, directory, modules.flatMap(tipsOf));
  const clones = await savedInClones(ctx, commonDir, modules, tipsOf);
  return modules
    .filter((one) => tipsOf(one).some((oid) => !own.has(oid) && !clones.get(one.name)?.has(oid)))
    .map((one) => one.worktree ?? one.name);
}

/** Linked worktrees have clones of their own. */
async function linkedWorktrees(commonDir: string): Promise<string[]> {
  const below = join(commonDir, "worktrees");
  return (await readdir(below).catch(() => [])).map((name) => join(below, name));
}

async function clonesOf(
  ctx: Context,
  { commonDir, gitDirs }: { commonDir: string; gitDirs: readonly string[] },
  [module]: readonly Module[],
): Promise<string[]> {
  if (module === undefined) return [];
  const { name, worktree: path } = module;
  // A clone whose git directory lies in its work tree, as old versions of git made them.
  const embedded = path !== undefined && nameFault(path) === undefined && basename(commonDir) === ".git";
  const places = [
    ...gitDirs.map((gitDir) => ({ gitDirs: [gitDir], worktree: undefined })),
    ...(embedded ? [{ gitDirs: [commonDir], worktree: dirname(commonDir) }] : []),
  ];
  const found = await Promise.all(
    places.map((holder) => hostCloneOf(ctx, holder, { name, path: path ?? name, oid: ZERO })),
  );
  return [...new Set(found.flatMap((one) => (one === undefined ? [] : [one.clone.gitDir])))];
}

/** No commit: any clone is wanted. */
const ZERO = "0".repeat(40);
