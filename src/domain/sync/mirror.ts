// What the host's repository knows of a workspace: references below refs/agent-vm/<workspace>/, and how they move.
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { givingWay } from "../folding/refs.ts";
import { keepPrevious } from "../vault/previous.ts";
import { vaultPath } from "../vault/vault.ts";
import type { BranchName } from "../workspace/names.ts";
import type { Workspace } from "../workspace/registry.ts";
import type { Repository } from "../workspace/repository.ts";
import { bytesOf, mirrorRef, syncedRef } from "./names-of-refs.ts";
import { textOf } from "./parse.ts";
import { typed } from "./plan.ts";
import { contains } from "./relation.ts";

export { bytesOf, keptRef, mirrorRef, syncedRef } from "./names-of-refs.ts";

type Named = Pick<Workspace, "dir" | "branch">;
type Place = Pick<Repository, "id" | "directory" | "commonDir">;

export interface Known {
  /** The workspace's commit as last fetched or pushed. */
  mirror?: string;
  /** See syncedRef. */
  synced?: string;
}

/** What is known of a branch of a workspace; one question for both, none when `refs` are branchRefs(). */
export async function knownOf(
  ctx: Context,
  directory: string,
  workspace: Named,
  refs?: ReadonlyMap<string, string>,
): Promise<Known> {
  const mirror = mirrorRef(workspace, workspace.branch);
  const synced = syncedRef(workspace);
  return pickKnown(refs ?? (await listRefs(ctx, directory, [mirror, synced])), mirror, synced);
}

/**
 * The host's branch and what is known of it in any workspace, for whoever does not know the workspace yet. (No branch's
 * name holds a character that git takes for a pattern.)
 */
export function branchRefs(
  ctx: Context,
  directory: string,
  branch: BranchName,
): Promise<Map<string, string>> {
  const anywhere = { dir: "*", branch };
  return listRefs(ctx, directory, [`refs/heads/${branch}`, mirrorRef(anywhere, branch), syncedRef(anywhere)]);
}

function pickKnown(refs: ReadonlyMap<string, string>, mirror: string, synced: string): Known {
  const [one, other] = [refs.get(bytesOf(mirror)), refs.get(bytesOf(synced))];
  return { ...(one !== undefined && { mirror: one }), ...(other !== undefined && { synced: other }) };
}

/** Name → commit of the references that match; names as bytes. */
export async function listRefs(
  ctx: Context,
  directory: string,
  patterns: readonly string[],
): Promise<Map<string, string>> {
  const args = ["for-each-ref", "--format=%(objectname) %(refname)", ...patterns];
  const { stdout } = await git(ctx, directory, args, { encoding: "latin1" });
  const lines = stdout.split("\n").filter(Boolean);
  return new Map(lines.map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]));
}

/**
 * Notes that both sides have a commit now: after a push, and after a fetch that moved the host's branch. Call it when
 * it is true. A previous value of the mirror that the commit does not contain goes to the vault first.
 */
export async function recordSynced(
  ctx: Context,
  repo: Place,
  workspace: Named,
  oid: string,
  mirrored: string = oid,
): Promise<void> {
  const known = await knownOf(ctx, repo.directory, workspace);
  if (known.mirror === mirrored && known.synced === oid) return;
  const mirror = mirrorRef(workspace, workspace.branch);
  await keepWhatLeaves(ctx, repo, workspace.dir, [
    { branch: workspace.branch, before: known.mirror, now: mirrored },
  ]);
  await makeRoom(ctx, repo, workspace.dir, [mirror, syncedRef(workspace)].map(bytesOf));
  const lines = [`update ${mirror} ${mirrored}`, `update ${syncedRef(workspace)} ${oid}`];
  await updateRefs(ctx, repo.directory, lines.map(bytesOf));
}

export interface Leaving {
  /** As text. */
  branch: string;
  before: string | undefined;
  now: string;
}

/** Mirrors that will no longer contain what they had: the old value goes to the vault, and the user is told its name. */
export async function keepWhatLeaves(
  ctx: Context,
  repo: Place,
  dir: string,
  moves: readonly Leaving[],
): Promise<void> {
  for (const { branch, before, now } of moves) {
    if (before === undefined || (await contains(ctx, repo.directory, now, before)) === true) continue;
    const ref = await keepPrevious(ctx, repo, { dir, branch, oid: before });
    const vault = vaultPath(ctx, repo.id).gitDir;
    const what = `What was fetched of "${sanitize(branch)}" before is not part of it any more; it is kept`;
    const [place, name] = [typed(vault), typed(ref)];
    const see = `See it with: git --git-dir=${place} log ${name}`;
    const where = `It is ${before} in ${sanitize(vault)}`;
    ctx.out.say(`${what}. ${place === undefined || name === undefined ? where : see}`);
  }
}

/**
 * A branch "a" that was deleted and a new "a/b" cannot both be references, nor "A" and "a" where the disk does not tell
 * them apart: the old mirrors go, into the vault. Names as bytes. Nothing else below refs/agent-vm/<dir>/heads/ is ever deleted.
 */
export async function makeRoom(
  ctx: Context,
  repo: Place,
  dir: string,
  wanted: readonly string[],
): Promise<void> {
  const base = `refs/agent-vm/${dir}/`;
  const names = new Set(wanted);
  const above = new Set(wanted.flatMap(parents));
  const lines: string[] = [];
  const there = await listRefs(ctx, repo.directory, [`${base}heads/`, `${base}synced/`]);
  const shared = givingWay(repo.commonDir, wanted, [...there.keys()]);
  for (const [ref, oid] of there) {
    const inTheWay = above.has(ref) || shared.has(ref) || parents(ref).some((parent) => names.has(parent));
    if (names.has(ref) || !inTheWay) continue;
    const branch = textOf(ref.slice(base.length).replace(/^(heads|synced)\//, ""));
    await keepPrevious(ctx, repo, { dir, branch, oid });
    lines.push(`delete ${ref} ${oid}`);
  }
  if (lines.length > 0) await updateRefs(ctx, repo.directory, lines);
}

/** `a/b/c` → `a/b`, `a`. */
function parents(ref: string): string[] {
  const words = ref.split("/");
  return words.slice(0, -1).map((_, index) => words.slice(0, index + 1).join("/"));
}

/** One transaction; the lines are bytes, one character each. */
export async function updateRefs(ctx: Context, directory: string, lines: readonly string[]): Promise<void> {
  const input = Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1");
  await git(ctx, directory, ["update-ref", "--stdin"], { input });
}
