// What incoming commits change, path by path: asked of git's plumbing, which runs no filter, textconv or driver.
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { LINK } from "./file-rules.ts";
import { collisions } from "./odd-names.ts";
import { readContents, readLinks } from "./read-content.ts";
import type { Change } from "./rule.ts";

export interface Range {
  directory: string;
  /** The workspace's commit. */
  now: string;
  /** What the host's branch will be: its tree holds what `now` brings. */
  tip: string;
  /**
   * Commits that are the host's already. Other branches of its remotes are not among them: an agent that can push
   * there could have brought them.
   */
  without: readonly string[];
  /** Nothing that any branch of the host has is new: for a branch that is made. */
  newBranch: boolean;
}

export interface Incoming {
  changes: Change[];
  /** Links of the tree, paths and targets as bytes. */
  links: ReadonlyMap<string, string>;
  /** Bytes of content that were not looked at, because it would have taken too long. */
  unread: number;
}

/** Every change of every commit, the newest first: what a later commit takes back lies in the history all the same. */
export async function incomingChanges(ctx: Context, range: Range): Promise<Incoming> {
  const { directory, tip } = range;
  const changes = await changesOf(ctx, range);
  if (changes.length === 0) return { changes, links: new Map(), unread: 0 };
  const unread = await readContents(ctx, directory, changes);
  const args = ["ls-tree", "-r", "-z", "--full-tree", tip];
  const tree = (await git(ctx, directory, args, { ...AS_IT_IS, ...LATIN1 })).stdout.split("\0").slice(0, -1);
  const links = await readLinks(ctx, directory, tree.filter(isLink).map(linkOf));
  const fresh = changes.filter((one) => one.before.every(({ mode }) => /^0+$/.test(mode)));
  if (fresh.length === 0) return { changes, links, unread };
  const same = collisions(new Set(fresh.map(({ path }) => path)), tree.map(pathOf));
  for (const change of fresh) {
    const other = same.get(change.path);
    if (other !== undefined) change.collides = other;
  }
  return { changes, links, unread };
}

// An entry of a tree is "mode type id" TAB path.
const pathOf = (entry: string): string => entry.slice(entry.indexOf("\t") + 1);
const isLink = (entry: string): boolean => entry.startsWith(LINK);
const linkOf = (entry: string) => ({ path: pathOf(entry), oid: entry.split(/[ \t]/, 3)[2] ?? "" });

const LATIN1 = { encoding: "latin1" } as const;

async function changesOf(ctx: Context, { directory, now, without, newBranch }: Range): Promise<Change[]> {
  const not = ["--not", ...without, ...(newBranch ? ["--branches"] : [])];
  const list = await git(ctx, directory, ["rev-list", "--parents", now, ...not, "--"], AS_IT_IS);
  if (list.stdout === "") return [];
  const lines = list.stdout.trimEnd().split("\n");
  const input = lines.map((line) => `${line.split(" ", 1)[0]}\n`).join("");
  // A merge shows what none of its parents has: what came with a parent is that one's own, or the host's.
  const options = ["--stdin", "-c", "--root"];
  const { stdout } = await git(ctx, directory, [...DIFF, ...options], { ...AS_IT_IS, ...LATIN1, input });
  const changes = parseChanges(stdout);
  const merges = lines.some((line) => line.split(" ").length > 2);
  return merges ? [...changes, ...(await broughtBack(ctx, directory, { now, without, changes }))] : changes;
}

const DIFF = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none"];
/** No replacement is taken for an object itself: the branch gets the object. */
const AS_IT_IS = { env: { GIT_NO_REPLACE_OBJECTS: "1" } };

/** What the tree has that neither a commit of the range brought nor the host has now: merges that took it from the past. */
async function broughtBack(
  ctx: Context,
  directory: string,
  { now, without, changes }: Pick<Range, "now" | "without"> & { changes: readonly Change[] },
): Promise<Change[]> {
  const known = new Set(changes.map(({ path, mode, oid }) => `${path}\0${mode} ${oid}`));
  let left: Change[] | undefined;
  for (const commit of new Set(without)) {
    const { stdout } = await git(ctx, directory, [...DIFF, commit, now], { ...AS_IT_IS, ...LATIN1 });
    const differ = new Map(parseChanges(stdout).map((one) => [one.path, one]));
    left = left?.filter(({ path }) => differ.has(path)) ?? [...differ.values()];
    if (left.length === 0) return [];
  }
  return (left ?? [])
    .filter(({ path, mode, oid }) => !known.has(`${path}\0${mode} ${oid}`))
    .map((change) => ({ ...change, commit: now }));
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
