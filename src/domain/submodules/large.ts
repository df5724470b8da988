// Large files (Git LFS) of submodules, between the host's clones and the submodules' own stores in a workspace.
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { fetchLargeFiles } from "../lfs/fetch.ts";
import { commitsBetween, pointersOf } from "../lfs/pointers.ts";
import { fillTree } from "../lfs/push.ts";
import { sendLacked } from "../lfs/send.ts";
import { storeOf, wasUsed } from "../lfs/store.ts";
import { notHere } from "../lfs/words.ts";
import { savedOnHost } from "../sync/compare.ts";
import type { Pairing } from "../sync/pairing.ts";
import { nameLines } from "../sync/words.ts";
import type { Workspace } from "../workspace/registry.ts";
import type { Home } from "./home/names.ts";
import type { Node } from "./tree.ts";

/** Submodules with large files, and whether the tree of each has pointers of which it may have the content. */
export type Large = ReadonlyMap<Node, boolean>;

/**
 * Sends what the submodules' stores in the workspace lack of the files of the recorded commits, and of the commits since
 * what is checked out there. Their git directories are there. What is not in a clone's store is told.
 */
export async function sendLargeInside(
  ctx: Context,
  target: Target,
  { workspace }: Pairing,
  going: readonly { node: Node; from: string | undefined }[],
): Promise<Large> {
  const large = new Map<Node, boolean>();
  for (const { node, from } of going) {
    const { clone, oid, path, gitDir } = node;
    const own = { directory: clone.gitDir, commonDir: clone.gitDir };
    if (!(await wasUsed(own.commonDir))) continue;
    const fresh = from === undefined ? [] : await commitsBetween(ctx, own.directory, oid, [from]);
    const pointers = await pointersOf(ctx, own.directory, [...new Set([oid, ...fresh])]);
    if (pointers.length === 0) continue;
    const store = await storeOf(ctx, own);
    const to = { ...workspace, gitDir };
    const what = { place: "there", directory: own.directory, store, pointers } as const;
    const { fill, absent } = await sendLacked(ctx, target, to, what);
    const left = absent.map((one) => one.path);
    if (left.length > 0)
      ctx.out.warn([notHere(left.length, path), ...nameLines("not here", left)].join("\n"));
    large.set(node, fill);
  }
  return large;
}

/** Files instead of pointers in those that were checked out just now (`moved`), or stayed and got objects. */
export async function fillInside(
  ctx: Context,
  target: Target,
  { workspace }: Pairing,
  { large, moved, stayed }: { large: Large; moved: ReadonlySet<Node>; stayed: ReadonlySet<Node> },
): Promise<void> {
  for (const [node, fill] of large)
    if (moved.has(node) || (stayed.has(node) && fill)) await fillTree(ctx, target, workspace, node);
}

/**
 * Brings the large files that fetched commits of a submodule name into the store of the clone that has them. Throws
 * UserError when what comes is not what they name, or it did not all come.
 */
export async function bringLargeInside(
  ctx: Context,
  target: Target,
  { workspace, home, gitDir, path }: { workspace: Workspace; home: Home; gitDir: string; path: string },
  commits: readonly string[],
): Promise<void> {
  const here = await savedOnHost(ctx, home.directory, commits);
  const tips = [...new Set(commits)].filter((oid) => here.has(oid));
  if (tips.length === 0) return;
  const repo = { id: workspace.repoId, directory: home.directory, commonDir: home.gitDir };
  await fetchLargeFiles(ctx, target, { repo, workspace: { ...workspace, gitDir }, inside: path }, tips);
}
