// Host → guest: the large files (Git LFS) that a workspace needs, into its own store, before its tree asks for them.
import type { Context } from "../../context.ts";
import { parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import { callGuest } from "../sync/guest.ts";
import type { Pairing } from "../sync/pairing.ts";
import { fields, notUnderstood } from "../sync/parse.ts";
import { quoted } from "../sync/plan.ts";
import { nameLines } from "../sync/words.ts";
import type { Workspace } from "../workspace/registry.ts";
import { FILL } from "./guest/fill.ts";
import { commitsBetween, pointersOf } from "./pointers.ts";
import { type Place, sendLacked } from "./send.ts";
import { storeAround, storeOf, wasUsed } from "./store.ts";
import { noGitLfsInVm, notHere } from "./words.ts";

export interface Needed {
  place: Place;
  /** The base's commit, whose files the workspace can get at a word. */
  base: string | undefined;
  /** What the workspace has of the branch. */
  old: string | undefined;
}

/**
 * Sends what the workspace lacks of the files of its branch's commit, of the commits that
 * are new to it or only the branch's own, and of the base. What
 * is not in the host's store is told, and the rest goes on. True when the repository uses Git LFS at all.
 */
export async function sendLargeFiles(
  ctx: Context,
  target: Target,
  pair: Pairing,
  { place, base, old }: Needed,
): Promise<boolean> {
  const { repo, branch } = pair;
  const since = [base, old].filter((oid) => oid !== undefined);
  const fresh = since.length === 0 ? [] : await commitsBetween(ctx, repo.directory, branch.oid, since);
  const commits = [...new Set([branch.oid, ...(base === undefined ? [] : [base]), ...fresh])];
  const pointers = await pointersOf(ctx, repo.directory, commits);
  if (pointers.length === 0) return false;
  const store = await storeOf(ctx, repo);
  const what = { place, directory: repo.directory, store, pointers };
  const { fill, absent } = await sendLacked(ctx, target, pair.workspace, what);
  const left = absent.map(({ path }) => path);
  if (left.length > 0) ctx.out.warn([notHere(left.length), ...nameLines("not here", left)].join("\n"));
  if (place === "there" && fill) await fillTree(ctx, target, pair.workspace);
  return true;
}

/**
 * A workspace that was made from a save lacks what the host's store has: the save did not hold it. Sent is what the
 * saved commits and index name. `directory` is the host's repository, `vault` where the commits are.
 */
export async function sendAfterRestore(
  ctx: Context,
  target: Target,
  workspace: Workspace,
  { directory, vault, oids }: { directory: string; vault: string; oids: readonly string[] },
): Promise<void> {
  if (!(await wasUsed(directory))) return;
  const pointers = await pointersOf(ctx, vault, [...new Set(oids)]);
  if (pointers.length === 0) return;
  const store = await storeAround(ctx, directory);
  await sendLacked(ctx, target, workspace, { place: "there", directory, store, pointers });
  await fillTree(ctx, target, workspace);
}

/** Files instead of pointers in the workspace's tree, or in that of a submodule, where it has their content. */
export async function fillTree(
  ctx: Context,
  target: Target,
  { dir, branch }: Workspace,
  inside?: { gitDir: string; path: string },
): Promise<void> {
  const args = [dir, ...(inside === undefined ? [] : [inside.gitDir, inside.path])];
  const said = await callGuest(ctx, target, { text: FILL, args });
  const [word = ""] = parsed(said, fields);
  if (word === "absent") ctx.out.warn(noGitLfsInVm(quoted(branch)));
  else if (word !== "done") throw notUnderstood(word);
}
