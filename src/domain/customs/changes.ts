// What incoming commits change, path by path: asked of git's plumbing, which runs no filter, textconv or driver.
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { collisions } from "./odd-names.ts";
import { readContents } from "./read-content.ts";
import type { Change } from "./rule.ts";

export interface Range {
  directory: string;
  /** The workspace's commit. */
  now: string;
  /** What the host's branch will be: its tree holds what `now` brings. */
  tip: string;
  /** Commits that are the host's already; with them everything that remotes of the host have. */
  without: readonly string[];
  /** Nothing that any branch of the host has is new: for a branch that is made. */
  newBranch: boolean;
}

export interface Incoming {
  changes: Change[];
  /** Bytes of content that were not looked at, because it would have taken too long. */
  unread: number;
}

/** Every change of every commit, the newest first: what a later commit takes back lies in the history all the same. */
export async function incomingChanges(ctx: Context, range: Range): Promise<Incoming> {
  const { directory, tip } = range;
  const changes = await changesOf(ctx, range);
  const unread = await readContents(ctx, directory, changes);
  const fresh = changes.filter((one) => one.before.every(({ mode }) => /^0+$/.test(mode)));
  if (fresh.length === 0) return { changes, unread };
  const tree = await git(ctx, directory, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", tip], LATIN1);
  const same = collisions(new Set(fresh.map(({ path }) => path)), tree.stdout.split("\0").slice(0, -1));
  for (const change of fresh) {
    const other = same.get(change.path);
    if (other !== undefined) change.collides = other;
  }
  return { changes, unread };
}

const LATIN1 = { encoding: "latin1" } as const;

async function changesOf(ctx: Context, { directory, now, without, newBranch }: Range): Promise<Change[]> {
  const not = ["--not", ...without, "--remotes", ...(newBranch ? ["--branches"] : [])];
  const list = await git(ctx, directory, ["rev-list", now, ...not, "--"]);
  if (list.stdout === "") return [];
  // A merge shows what none of its parents has: what came with a parent is that one's own, or the host's.
  const args = ["diff-tree", "--stdin", "-r", "-z", "-c", "--raw", "--root", "--no-renames", "--no-abbrev"];
  const { stdout } = await git(ctx, directory, [...args, "--ignore-submodules=none"], {
    ...LATIN1,
    input: list.stdout,
  });
  return parseChanges(stdout);
}

/** Records are a commit's id, or ":mode…mode oid…oid STATUS" with as many colons as parents, and then a path. */
export function parseChanges(raw: string): Change[] {
  const words = raw.split("\0");
  const changes: Change[] = [];
  let commit = "";
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith(":")) {
      commit = word;
      continue;
    }
    at += 1;
    const parents = /^:*/.exec(word)?.[0].length ?? 1;
    const parts = word.slice(parents).split(" ");
    const mode = parts[parents] ?? "";
    const oid = parts[2 * parents + 1] ?? "";
    if (/^0+$/.test(mode)) continue;
    const before = parts.slice(0, parents).map((old, index) => ({
      mode: old,
      oid: parts[parents + 1 + index] ?? "",
    }));
    changes.push({ path: words[at] ?? "", commit, mode, oid, before });
  }
  return changes;
}
