// Files that a filter of the host's configuration would turn into something else (git-crypt, LFS) when the tree follows.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { git } from "../../../adapters/git.ts";
import { gitBytes } from "../../../adapters/git-bytes.ts";
import type { Context } from "../../../context.ts";
import { changedEntries, type RawDiff, type RawEntry, wordsOf } from "../incoming.ts";
import { textOf } from "../parse.ts";

const DEFINES_A_FILTER = "^filter\\..*\\.(smudge|process|clean)$";

export interface Assigned {
  /** Filters that host configuration defines, Git LFS left out. */
  names: string[];
  /** What the diff changes where the filter "lfs" is assigned. */
  large: RawEntry[];
  /** Host configuration defines that one. */
  lfs: boolean;
}

/**
 * The filters which host configuration defines and the commit `now` assigns to paths that the raw diff changes; none
 * for most repositories. Such a range would run a program of the host on the VM's bytes, or leave the tree
 * half-filtered (spec, section 3). With `lfs` that one is looked for even when it is not defined.
 */
export async function assignedFilters(
  ctx: Context,
  worktree: string,
  { now, diff, lfs }: { now: string; diff: RawDiff; lfs: boolean },
): Promise<Assigned> {
  const defined = await definedFilters(ctx, worktree);
  const found: Assigned = { names: [], large: [], lfs: defined.has("lfs") };
  if ((defined.size === 0 && !lfs) || changedEntries(diff).next().done) return found;
  const names = new Set<string>();
  const changed = changedEntries(diff);
  for (const name of await attributesAt(ctx, worktree, now, diff)) {
    const entry = changed.next().value;
    if (entry === undefined) throw new Error("git tells of more paths than it was asked");
    if (name === "lfs") found.large.push(entry);
    else if (defined.has(name)) names.add(name);
  }
  if (!changed.next().done) throw new Error("git tells of fewer paths than it was asked");
  found.names = [...names].sort();
  return found;
}

async function definedFilters(ctx: Context, worktree: string): Promise<Set<string>> {
  const args = ["config", "--null", "--name-only", "--get-regexp", DEFINES_A_FILTER];
  const { stdout } = await git(ctx, worktree, args, { ok: [0, 1] });
  const keys = stdout.split("\0").filter(Boolean);
  return new Set(keys.map((key) => key.slice("filter.".length, key.lastIndexOf("."))));
}

/** The value of `filter` for each path as the commit's own .gitattributes have it, through an index of our own. */
async function attributesAt(
  ctx: Context,
  worktree: string,
  now: string,
  diff: RawDiff,
): Promise<Iterable<string>> {
  const scratch = await mkdtemp(join(tmpdir(), "agent-vm-index-"));
  try {
    const env = { GIT_INDEX_FILE: join(scratch, "index") };
    await git(ctx, worktree, ["read-tree", now], { env });
    const input = Readable.from(pathsOf(diff));
    const args = ["check-attr", "--cached", "-z", "--stdin", "filter"];
    return valuesIn(await gitBytes(ctx, worktree, args, { env, input }));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const BLOCK = 65_536;

/** The changed paths, each followed by NUL. */
function* pathsOf(diff: RawDiff): Generator<Buffer> {
  let text = "";
  for (const { path } of changedEntries(diff)) {
    text += `${path}\0`;
    if (text.length < BLOCK) continue;
    yield Buffer.from(text, "latin1");
    text = "";
  }
  yield Buffer.from(text, "latin1");
}

/** Records are path NUL attribute NUL value NUL. */
function* valuesIn(blocks: readonly Uint8Array[]): Generator<string> {
  let index = 0;
  for (const word of wordsOf(blocks)) if (index++ % 3 === 2) yield textOf(word);
}
