// The commits of one submodule of a workspace into references of the host: only what it has not, and nothing is let go.
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { UserError } from "../../../errors.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Target } from "../../../target.ts";
import { without, wouldBeOneFile } from "../../folding/left-out.ts";
import { givingWay } from "../../folding/refs.ts";
import { savedOnHost } from "../../sync/compare.ts";
import { receive } from "../../sync/fetch/bring-home.ts";
import { takeHome } from "../../sync/homeward/home.ts";
import { bytesOf, listRefs, updateRefs } from "../../sync/mirror.ts";
import type { Module } from "../../sync/parse.ts";
import type { Workspace } from "../../workspace/registry.ts";
import { guestPath, type Home } from "./names.ts";
import { branchesOf, tipsOf } from "./saved.ts";

export interface Wanted {
  workspace: Workspace;
  home: Home;
  /** What the guest says of the submodule. */
  module: Module;
  /** Commits that the new commits of what it is inside of record. */
  recorded: readonly string[];
}

/**
 * Fetches what the home has not. Returns the branches that came, as text. A recorded commit that the guest does not
 * give is left to the caller, who asks whether it is here.
 */
export async function receiveModule(ctx: Context, target: Target, wanted: Wanted): Promise<string[]> {
  const { home, module, recorded } = wanted;
  await settle(ctx, home);
  const tips = tipsOf(module);
  const saved = await savedOnHost(ctx, home.directory, [...tips, ...recorded]);
  if ([...tips, ...recorded].every((oid) => saved.has(oid))) return [];
  const incoming = `${home.refs}incoming/`;
  const heads = branchesOf(module);
  const fresh = heads.filter(({ oid }) => !saved.has(oid));
  const missing = [...new Set(tips)].filter((oid) => !saved.has(oid));
  if (missing.length > 0) {
    await bring(ctx, target, wanted, missing, [
      ...(heads.length > 0 ? [`+refs/heads/*:${incoming}heads/*`] : []),
      ...(module.seen.head === undefined ? [] : [`+HEAD:${incoming}HEAD`]),
      ...(await heldByIds(ctx, home, heads)),
    ]);
  }
  const now = await savedOnHost(ctx, home.directory, recorded);
  const still = recorded.filter((oid) => !now.has(oid));
  if (still.length > 0) await bringRecorded(ctx, target, wanted, still);
  return fresh.map(({ name }) => name.slice("refs/heads/".length));
}

/** Branches that would be one file in the clone with another one: their commits come under their ids alone. */
async function heldByIds(
  ctx: Context,
  { gitDir, refs }: Home,
  heads: readonly { oid: string; name: string }[],
): Promise<string[]> {
  const byName = new Map(heads.map(({ oid, name }) => [name.slice("refs/heads/".length), oid]));
  const refspecs: string[] = [];
  for (const { name } of wouldBeOneFile(gitDir, [...byName.keys()])) {
    const oid = byName.get(name);
    refspecs.push(await without(ctx, name), `+${oid}:${heldBelow({ refs })}${oid}`);
  }
  return refspecs;
}

/** Commits of no branch, as the agent amended them away: by their ids, and none when the guest has not got them all. */
async function bringRecorded(
  ctx: Context,
  target: Target,
  wanted: Wanted,
  oids: readonly string[],
): Promise<void> {
  const below = heldBelow(wanted.home);
  const refspecs = oids.map((oid) => `+${oid}:${below}${oid}`);
  try {
    await bring(ctx, target, wanted, oids, refspecs);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    ctx.out.detail(error.message);
  }
}

/** Where what comes is held by its id until it is settled. */
const heldBelow = ({ refs }: Pick<Home, "refs">): string => `${refs}incoming/commits/`;

/** The commits by references that git's own fetch asks for; much of it comes before, by the ids. */
async function bring(
  ctx: Context,
  target: Target,
  { workspace, home, module }: Wanted,
  oids: readonly string[],
  refspecs: readonly string[],
) {
  const { directory, gitDir, refs } = home;
  const what = `the submodule ${sanitize(module.worktree ?? module.name)} from ${workspace.dir}`;
  const make = oids.map((oid) => ({ ref: heldBelow(home) + oid, oid }));
  const coming = { workspace, host: { directory, gitDir }, make, incoming: `${refs}incoming/`, what };
  const of = { place: `.git/modules/${module.name}`, lacks: module.seen.lacks, atMost: true } as const;
  if (await takeHome(ctx, target, { ...coming, ...of })) await settle(ctx, home);
  const from = guestPath(workspace.dir, module.name);
  const delivery = { directory, commonDir: gitDir, workspace, from, refspecs, what };
  return receive(ctx, target, delivery, () => settle(ctx, home));
}

/** What came, also to a run that was ended, gets its names. What a name pointed to before is held under its own id. */
async function settle(ctx: Context, { directory, gitDir, refs }: Home): Promise<void> {
  const base = bytesOf(refs);
  const all = await listRefs(ctx, directory, [refs]);
  const come = [...all].filter(([ref]) => ref.startsWith(`${base}incoming/`));
  if (come.length === 0) return;
  const heads = new Map(
    come.flatMap(([ref, oid]) => {
      const name = ref.slice(`${base}incoming/`.length);
      return name.startsWith("heads/") ? [[base + name, oid] as const] : [];
    }),
  );
  const others = come.filter(([ref]) => !ref.startsWith(`${base}incoming/heads/`)).map(([, oid]) => oid);
  const mirrors = [...all].filter(([ref]) => ref.startsWith(`${base}heads/`));
  const shared = givingWay(
    gitDir,
    [...heads.keys()],
    mirrors.map(([ref]) => ref),
  );
  const inTheWay = mirrors.filter(
    ([ref]) => shared.has(ref) || [...heads.keys()].some((name) => clash(ref, name)),
  );
  const replaced = mirrors.flatMap(([ref, oid]) => (heads.has(ref) && heads.get(ref) !== oid ? [oid] : []));
  const held = new Set([...others, ...replaced, ...inTheWay.map(([, oid]) => oid)]);
  await updateRefs(ctx, directory, [
    ...[...held].map((oid) => `update ${base}commits/${oid} ${oid}`),
    ...inTheWay.map(([ref, oid]) => `delete ${ref} ${oid}`),
  ]);
  await updateRefs(ctx, directory, [
    ...[...heads].map(([ref, oid]) => `update ${ref} ${oid}`),
    ...come.map(([ref, oid]) => `delete ${ref} ${oid}`),
  ]);
  await dropSpare(ctx, directory, refs);
}

/** A branch "a" and a branch "a/b" cannot both be references. */
const clash = (one: string, other: string): boolean =>
  one !== other && (one.startsWith(`${other}/`) || other.startsWith(`${one}/`));

/**
 * Lets go of commits that are held by their ids though another reference has them. HEAD is none: it goes where the files
 * go; nor is what was in step last, which moves on with the next.
 */
export async function dropSpare(ctx: Context, directory: string, refs: string): Promise<void> {
  const held = [...(await listRefs(ctx, directory, [`${refs}commits/`]))];
  if (held.length === 0) return;
  const oids = held.map(([, oid]) => oid);
  const others = [`--exclude=${refs}commits/*`, "--exclude=refs/agent-vm/*/synced/*", "--glob=refs/*"];
  const not = ["--not", ...others, "--"];
  const { stdout } = await git(ctx, directory, ["rev-list", ...oids, ...not]);
  const needed = new Set(stdout.split("\n"));
  const spare = held.filter(([, oid]) => !needed.has(oid));
  await updateRefs(
    ctx,
    directory,
    spare.map(([ref, oid]) => `delete ${ref} ${oid}`),
  );
}
