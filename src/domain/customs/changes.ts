// What incoming commits change, path by path: asked of git's plumbing, which runs no filter, textconv or driver.
import { type Readable, Transform } from "node:stream";
import { git } from "../../adapters/git.ts";
import { gitWords } from "../../adapters/git-words.ts";
import type { Context } from "../../context.ts";
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

/** Changes held at a time, and characters of their paths. */
const MOST = 4000;
const MOST_TEXT = 4 * 1024 * 1024;

/**
 * Every change of every commit, the newest first, some at a time: what a later commit takes back lies in the history all
 * the same.
 */
export async function* incomingChanges(ctx: Context, range: Range): AsyncGenerator<Change[]> {
  let merges = false;
  const merge = () => {
    merges = true;
  };
  yield* changesOf(ctx, range, merge);
  if (merges) yield* broughtBack(ctx, range);
}

/** `merge` is called when a merge is among the commits. */
async function* changesOf(
  ctx: Context,
  { directory, now, without, newBranch }: Range,
  merge: () => void = () => undefined,
): AsyncGenerator<Change[]> {
  const not = ["--not", ...without, ...(newBranch ? ["--branches"] : [])];
  const list = ["rev-list", "--parents", now, ...not, "--"];
  const input = firstWords(merge);
  const listing = git(ctx, directory, list, { ...AS_IT_IS, into: input });
  listing.catch((error: Error) => input.destroy(error));
  try {
    // A merge shows what none of its parents has: what came with a parent is that one's own, or the host's.
    yield* changesFrom(ctx, directory, [...DIFF, "--stdin", "-c", "--root"], input);
    await listing;
  } finally {
    input.destroy();
  }
}

/** Lines of commits and their parents become the commits alone. */
function firstWords(merge: () => void): Transform {
  let rest = "";
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const lines = (rest + chunk.toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      const words = lines.map((line) => line.split(" "));
      if (words.some(({ length }) => length > 2)) merge();
      done(null, words.map(([oid]) => `${oid}\n`).join(""));
    },
  });
}

const DIFF = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none"];
/** No replacement is taken for an object itself: the branch gets the object. */
const AS_IT_IS = { env: { GIT_NO_REPLACE_OBJECTS: "1" } };

async function* changesFrom(
  ctx: Context,
  directory: string,
  args: readonly string[],
  input: Readable | string,
): AsyncGenerator<Change[]> {
  const read = changeReader();
  let held: Change[] = [];
  let text = 0;
  for await (const words of gitWords(ctx, directory, args, { ...AS_IT_IS, input })) {
    for (const change of read(words)) {
      text += change.path.length;
      held.push(change);
    }
    if (held.length < MOST && text < MOST_TEXT) continue;
    yield held;
    held = [];
    text = 0;
  }
  if (held.length > 0) yield held;
}

/** What the tree has that neither a commit of the range brought nor the host has now: merges that took it from the past. */
async function* broughtBack(ctx: Context, range: Range): AsyncGenerator<Change[]> {
  const { directory, now, without } = range;
  const hosts = [...new Set(without)];
  if (hosts.length === 0) return;
  // As if the host's commits were the parents: what differs from all of them.
  const input = `${[now, ...hosts].join(" ")}\n`;
  for await (const changes of changesFrom(ctx, directory, [...DIFF, "--stdin", "-c"], input)) {
    const left = new Map(changes.map((change) => [idOf(change), change]));
    for await (const known of changesOf(ctx, range)) for (const change of known) left.delete(idOf(change));
    if (left.size > 0)
      yield [...left.values()].map((one) => ({ ...one, commit: now, before: one.before.slice(0, 1) }));
  }
}

const idOf = ({ path, mode, oid }: Change): string => `${path}\0${mode} ${oid}`;

/**
 * Reads a raw diff's words as they come. Records are a commit's id, or ":mode…mode oid…oid STATUS" with as many colons
 * as parents, and then a path.
 */
export function changeReader(): (words: readonly string[]) => Change[] {
  let commit = "";
  let entry: string | undefined;
  return (words) => {
    const changes: Change[] = [];
    for (const word of words) {
      if (entry !== undefined) {
        const change = changeOf(entry, word, commit);
        if (change) changes.push(change);
        entry = undefined;
      } else if (word.startsWith(":")) entry = word;
      else commit = word;
    }
    return changes;
  };
}

/** Undefined for a path that goes. */
function changeOf(entry: string, path: string, commit: string): Change | undefined {
  const parents = /^:*/.exec(entry)?.[0].length ?? 1;
  const parts = entry.slice(parents).split(" ");
  const mode = parts[parents] ?? "";
  const oid = parts[2 * parents + 1] ?? "";
  if (/^0+$/.test(mode)) return undefined;
  const before = parts.slice(0, parents).map((old, index) => ({
    mode: old,
    oid: parts[parents + 1 + index] ?? "",
  }));
  return { path, commit, mode, oid, before };
}
