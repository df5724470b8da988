// The submodules that the workspace's commits have, each brought home before a branch of the host moves to the last one.
import type { Context } from "../../../context.ts";
import type { Target } from "../../../target.ts";
import { savedOnHost } from "../../sync/compare.ts";
import type { Module } from "../../sync/parse.ts";
import type { Workspace } from "../../workspace/registry.ts";
import type { Repository } from "../../workspace/repository.ts";
import { type Declared, declaredIn } from "../declared.ts";
import { type Clone, type Holder, holderOf, hostCloneOf } from "../host-clone.ts";
import { bringLargeInside } from "../large.ts";
import { MAX_SUBMODULES, type Submodule } from "../rules.ts";
import { formerlyDeclared, type Unnamed, unnamedWithWork } from "./former.ts";
import { besideOwn, type Home, inClone } from "./names.ts";
import { receiveModule } from "./receive.ts";
import { newlyRecorded, type Recorded, recordedAt } from "./recorded.ts";
import { tipsOf } from "./saved.ts";

/** A submodule about which a fetch has something to do or to say. */
export interface Site {
  /** Of its git directory below `.git/modules`, on both sides. */
  name: string;
  /** In the work tree. */
  path: string;
  /** What the workspace's commit records; of a former one what was recorded last, or one of its tips. */
  oid: string;
  /** What the host's branch records; undefined for a submodule that it has not. */
  before: string | undefined;
  home: Home;
  /** The host's clone; undefined when it has none. */
  clone: Clone | undefined;
  /** New commits record that: the host's branch may only move when it is here. */
  fresh: boolean;
  /** What new commits record of it, that one and those before it, as far as it is here. */
  recorded: string[];
  /** The host has the recorded commit, and a reference keeps it. */
  here: boolean;
  /** Branches of it that came, as text. */
  came: string[];
  /** Commits of it stay in the workspace: nothing records them, and the host has no clone. */
  stays: boolean;
  /** The workspace's commit declares it no more, or what it is inside of: nothing of the host's will follow it. */
  former: boolean;
}

export interface Sites {
  sites: Site[];
  /** Declared, but by their names or paths nothing to follow; and what the guest calls them. */
  unfit: { name: string; why: string; module: string }[];
}

export const NO_SITES: Sites = { sites: [], unfit: [] };

export interface Bringing {
  repo: Repository;
  workspace: Workspace;
  target: Target;
  /** What the guest says of its submodules. */
  modules: readonly Module[];
}

/** `tip` is the workspace's commit and lies in the host's repository, `host` what the host's branch is at. */
export async function bringSubmodules(
  ctx: Context,
  bringing: Bringing,
  { tip, host }: { tip: string; host: string | undefined },
): Promise<Sites> {
  const { repo, modules } = bringing;
  const declared = await declaredIn(ctx, repo.directory, tip);
  if (declared.submodules.length + declared.unfit.length + modules.length === 0) return NO_SITES;
  const found: Sites = { sites: [], unfit: [] };
  const { directory } = repo;
  const holder = await holderOf(ctx, repo);
  const level = { directory, before: host, tips: [tip], holder, former: false };
  await walk(ctx, bringing, found, { ...level, declared, name: "", path: "" });
  const unnamed = modules.filter((one) => one.seen.state === "present" && isUnnamed(found, one));
  for (const one of await unnamedWithWork(ctx, { directory, holder }, unnamed.slice(0, MAX_SUBMODULES)))
    found.sites.push(await bringUnnamed(ctx, bringing, one));
  return found;
}

/** What one has inside whose commit is not here may be declared all the same. */
function isUnnamed({ sites, unfit }: Sites, { name }: Module): boolean {
  const isInside = (above: string) => name.startsWith(`${above}/modules/`);
  return !(
    sites.some((site) => site.name === name || (!site.here && isInside(site.name))) ||
    unfit.some(({ module }) => module === name || isInside(module))
  );
}

interface Level {
  /** The repository that declares them, and the commit that the host's branch has of it. */
  directory: string;
  before: string | undefined;
  /** Commits of it that the host's branch does not have or record yet: what they record may be new, too. */
  tips: readonly string[];
  holder: Holder | undefined;
  declared: Declared;
  /** What names and paths of those inside begin with. */
  name: string;
  path: string;
  /** See Site. */
  former: boolean;
}

async function walk(ctx: Context, bringing: Bringing, found: Sites, level: Level): Promise<void> {
  const { declared, directory } = level;
  const recorded = await newlyRecorded(ctx, directory, level.tips);
  const full = (name: string) => level.name + name;
  for (const { name, why } of declared.unfit)
    found.unfit.push({ name: level.path + name, why, module: full(name) });
  const past = await formerlyDeclared(ctx, directory, { now: declared, recorded });
  const nameAt = new Map([...past, ...declared.submodules].map((one) => [one.path, one.name]));
  const present = new Set(declared.submodules.map(({ name }) => name));
  const all = new Map([...past.slice().reverse(), ...declared.submodules].map((one) => [one.name, one]));
  for (const one of all.values()) {
    if (found.sites.length >= MAX_SUBMODULES)
      return void found.unfit.push({ name: one.path, why: "there are too many", module: full(one.name) });
    const name = full(one.name);
    const mine = recorded.filter(({ path }) => nameAt.get(path) === one.name);
    const known = bringing.modules.some(
      (module) => module.name === name || module.name.startsWith(`${name}/modules/`),
    );
    if (mine.length === 0 && !known) continue;
    const former = level.former || !present.has(one.name);
    const site = await bringOne(ctx, bringing, { ...level, former }, one, mine);
    found.sites.push(site);
    if (site.here) await walkInside(ctx, bringing, found, { ...level, former, name }, site);
  }
}

/** `level` is that of the site itself, with the site's name. */
async function walkInside(
  ctx: Context,
  bringing: Bringing,
  found: Sites,
  level: Level,
  { home: { directory }, oid, path, clone, before, recorded }: Site,
): Promise<void> {
  const declared = await declaredIn(ctx, directory, oid);
  const own = { directory, declared, before, tips: recorded, holder: clone };
  await walk(ctx, bringing, found, { ...level, ...own, name: `${level.name}/modules/`, path: `${path}/` });
}

/** Recorded commits of no branch that are asked for one by one; the last one is always among them. */
const MAX_WANTED = 200;

async function bringOne(
  ctx: Context,
  { repo, workspace, target, modules }: Bringing,
  level: Level,
  one: Submodule,
  mine: readonly Recorded[],
): Promise<Site> {
  const name = level.name + one.name;
  const clone = level.holder && (await hostCloneOf(ctx, level.holder, one))?.clone;
  const home =
    clone === undefined
      ? { directory: repo.directory, gitDir: repo.commonDir, refs: besideOwn(workspace.dir, name) }
      : { directory: clone.gitDir, gitDir: clone.gitDir, refs: inClone(workspace.dir) };
  const module = modules.find((candidate) => candidate.name === name && candidate.seen.state === "present");
  const recorded = [...new Set(mine.map(({ oid }) => oid))];
  const fresh = !level.former && recorded.includes(one.oid);
  const wanted = [...new Set([...(fresh ? [one.oid] : []), ...recorded])].slice(0, MAX_WANTED);
  // The whole history of a submodule that the host does without is brought only for what refers to it.
  const follows = clone !== undefined || recorded.length > 0;
  const came =
    module && follows ? await receiveModule(ctx, target, { workspace, home, module, recorded: wanted }) : [];
  if (module?.seen.largeFiles && follows) {
    const inside = { workspace, home, gitDir: `.git/modules/${name}`, path: level.path + one.path };
    await bringLargeInside(ctx, target, inside, [...tipsOf(module), ...wanted]);
  }
  const before = level.before && (await recordedAt(ctx, level.directory, level.before, one.path));
  const tips = module && !follows ? tipsOf(module).filter((oid) => oid !== one.oid) : [];
  const saved = await savedOnHost(ctx, home.directory, [one.oid, ...wanted, ...tips]);
  const { former } = level;
  const known = { name, path: level.path + one.path, oid: one.oid, before, home, clone, fresh, came, former };
  return {
    ...known,
    recorded: wanted.filter((oid) => saved.has(oid)),
    here: saved.has(one.oid),
    stays: tips.some((oid) => !saved.has(oid)),
  };
}

/** Into the host's clone, if it has one. */
async function bringUnnamed(
  ctx: Context,
  { workspace, target, repo }: Bringing,
  { module, path, oid, clone }: Unnamed,
): Promise<Site> {
  const { name } = module;
  const none = { name, path, oid, before: undefined, clone, fresh: false, recorded: [], former: true };
  if (clone === undefined) {
    const home = { directory: repo.directory, gitDir: repo.commonDir, refs: besideOwn(workspace.dir, name) };
    return { ...none, home, here: false, came: [], stays: true };
  }
  const home = { directory: clone.gitDir, gitDir: clone.gitDir, refs: inClone(workspace.dir) };
  const came = await receiveModule(ctx, target, { workspace, home, module, recorded: [] });
  if (module.seen.largeFiles) {
    const inside = { workspace, home, gitDir: `.git/modules/${name}`, path };
    await bringLargeInside(ctx, target, inside, tipsOf(module));
  }
  return { ...none, home, here: true, came, stays: false };
}
