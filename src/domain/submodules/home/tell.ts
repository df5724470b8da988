// After a fetch: the files of submodules follow where they can, and what became of each is told.
import { sizesOf } from "../../../adapters/cat-file.ts";
import type { Context } from "../../../context.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import { verdictOn } from "../../sync/relation.ts";
import { type Followed, followSubmodules } from "./follow.ts";
import type { News } from "./news.ts";
import { recordedAt } from "./recorded.ts";
import type { Site, Sites } from "./sites.ts";
import { lastSynced, noteInStep } from "./synced.ts";

export interface Arrived {
  /** The repository of the host, and the commit that its branch is at now; undefined when it did not move. */
  directory: string;
  to: string | undefined;
  /** The work tree that followed. */
  worktree: string | undefined;
  /** The workspace's branch that came. */
  branch: string;
  /** The host's branch has all of it. */
  inStep: boolean;
}

export async function settleSubmodules(
  ctx: Context,
  { sites, unfit }: Sites,
  arrived: Arrived,
): Promise<News[]> {
  for (const { name, why } of unfit) ctx.out.say(`Submodule ${sanitize(name)} is left alone: ${why}.`);
  if (sites.length === 0) return [];
  const files = await follow(ctx, sites, arrived);
  const news: News[] = [];
  for (const site of sites) {
    news.push(await newsOf(ctx, site, files.get(site), arrived.branch));
    if (arrived.inStep && site.fresh && site.here) await noteInStep(ctx, site.home, arrived.branch, site.oid);
  }
  return news;
}

async function follow(
  ctx: Context,
  sites: readonly Site[],
  { directory, to, worktree }: Arrived,
): Promise<Map<Site, Followed>> {
  if (to === undefined || worktree === undefined) return new Map();
  // A merge may have taken the host's side.
  const other = new Set<string>();
  for (const site of sites.filter(({ name }) => !name.includes("/modules/")))
    if ((await recordedAt(ctx, directory, to, site.path)) !== site.oid) other.add(site.path);
  const as = sites.filter(
    ({ path }) => ![...other].some((one) => path === one || path.startsWith(`${one}/`)),
  );
  return followSubmodules(ctx, worktree, as);
}

async function newsOf(ctx: Context, site: Site, files: Followed, branch: string): Promise<News> {
  const { path, before, oid, fresh, came, home, clone, stays, former } = site;
  const here = before === undefined ? new Map() : await sizesOf(ctx, home.directory, [before, oid], "commit");
  const both = before !== undefined && here.has(before) && here.has(oid);
  const synced = both && before !== oid ? await lastSynced(ctx, home, branch) : undefined;
  const sides = { host: before, workspace: oid, synced };
  const verdict = both ? await verdictOn(ctx, home.directory, sides) : undefined;
  const cloned = clone !== undefined;
  const told = { path, from: before, to: oid, verdict, came, home, cloned, files, stays, former };
  return { ...told, recorded: fresh };
}
