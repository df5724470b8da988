// Files that a filter of the host's configuration would turn into something else (git-crypt, LFS) when the tree follows.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { changedPaths, parseRaw, type RawEntry } from "./incoming.ts";

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
  { now, raw, lfs }: { now: string; raw: string; lfs: boolean },
): Promise<Assigned> {
  const defined = await definedFilters(ctx, worktree);
  const found: Assigned = { names: [], large: [], lfs: defined.has("lfs") };
  const paths = defined.size === 0 && !lfs ? [] : changedPaths(raw);
  if (paths.length === 0) return found;
  const assigned = await attributesAt(ctx, worktree, { now, paths });
  const others = assigned.filter((name) => name !== "lfs" && defined.has(name));
  found.names = [...new Set(others)].sort();
  const large = new Set(paths.filter((_, index) => assigned[index] === "lfs"));
  found.large = parseRaw(raw).filter(({ path }) => large.has(path));
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
  what: { now: string; paths: readonly string[] },
): Promise<string[]> {
  const scratch = await mkdtemp(join(tmpdir(), "agent-vm-index-"));
  try {
    const env = { GIT_INDEX_FILE: join(scratch, "index") };
    await git(ctx, worktree, ["read-tree", what.now], { env });
    const input = Buffer.from(what.paths.map((path) => `${path}\0`).join(""), "latin1");
    const { stdout } = await git(ctx, worktree, ["check-attr", "--cached", "-z", "--stdin", "filter"], {
      env,
      input,
    });
    // Records are path NUL attribute NUL value NUL.
    return stdout.split("\0").filter((_, index) => index % 3 === 2);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
