// What commits bring that others have not: each new file once, with the commit that brought it, as a stream.
import { gitWords } from "../../adapters/git-words.ts";
import type { Context } from "../../context.ts";
import { kept } from "../../io/kept.ts";
import { NAMES } from "./finding.ts";

/** Commits reachable from `tips` and from none of the others. */
export interface Range {
  tips: readonly string[];
  /** Commits that the repository has. */
  not: readonly string[];
  /** Options of git that name references: `--remotes`. */
  notRefs: readonly string[];
}

/** A file as one commit brought it, or `text` that is none, with a name of PLACES for its path. */
export interface Change {
  commit: string;
  /** Bytes, one character each. */
  path: string;
  oid: string;
  /** What stood at the path in the parents. */
  old: readonly string[];
  text?: string;
}

// Raw entries know no attributes, so no .gitattributes can call a file binary, and no textconv has a part in it.
// Everything that a configuration could change is said: a subdirectory, renames, how merges are shown.
const LOG = [
  "log",
  "--stdin",
  "-z",
  "--reverse",
  "--raw",
  "--no-abbrev",
  "--no-renames",
  "--no-relative",
  "--ignore-submodules=none",
  // A path of a merge is listed when it differs from all parents; what it shares with one came by that one.
  "--diff-merges=combined",
  "--root",
  "--no-notes",
  "--encoding=UTF-8",
  "--format==%H%n%B",
] as const;

const GITLINK = "160000";
const NOTHING = /^0+$/;
/** Names of files that were given out; when there are more, some are looked into twice. */
const MAX_SEEN = 500_000;

/** Throws ToolError when git cannot list the range to its end. */
export async function* changesIn(ctx: Context, directory: string, range: Range): AsyncGenerator<Change> {
  const input = [...range.tips, ...range.not.map((oid) => `^${oid}`)].map((line) => `${line}\n`).join("");
  const args = [...LOG, ...(range.notRefs.length > 0 ? ["--not", ...range.notRefs] : []), "--"];
  const words = gitWords(ctx, directory, args, { input, env: { GIT_NO_REPLACE_OBJECTS: "1" } });
  const seen = new Set<string>();
  for await (const commit of commitsOf(words)) {
    for (const change of ofCommit(commit)) {
      if (seen.has(change.oid)) continue;
      if (seen.size >= MAX_SEEN) seen.clear();
      seen.add(kept(change.oid));
      yield change;
    }
  }
}

interface Raw {
  id: string;
  message: string;
  entries: Entries;
}

interface Entry {
  path: string;
  oid: string;
  old: string[];
}

/** What a commit changes, held as one short text for each path: as objects a hundred thousand take four times as much. */
class Entries {
  readonly #held: string[] = [];

  add({ path, oid, old }: Entry): void {
    this.#held.push(kept([oid, ...old, path].join("\0")));
  }

  *[Symbol.iterator](): Generator<Entry> {
    for (const text of this.#held) {
      const [oid = "", ...rest] = text.split("\0");
      const path = rest.pop() ?? "";
      yield { path, oid, old: rest };
    }
  }
}

/** A file that only moved within a commit is nothing new. */
function* ofCommit({ id, message, entries }: Raw): Generator<Change> {
  const before = new Set<string>();
  const added: string[] = [];
  for (const { path, old } of entries) {
    for (const oid of old) before.add(kept(oid));
    if (old.length === 0) added.push(path);
  }
  yield { commit: id, path: "", oid: `message of ${id}`, old: [], text: message };
  if (added.length > 0)
    yield { commit: id, path: NAMES, oid: `names of ${id}`, old: [], text: added.join("\n") };
  for (const entry of entries)
    if (!NOTHING.test(entry.oid) && !before.has(entry.oid)) yield { commit: id, ...entry };
}

/**
 * Words are "=id LF message", then for each file ":modes ids status" and its path; a merge's has a colon, mode and id
 * for each parent. A line break or an empty word may stand before the first.
 */
async function* commitsOf(words: AsyncIterable<string[]>): AsyncGenerator<Raw> {
  let commit: Raw | undefined;
  let entry: { oid: string; old: string[] } | undefined | "left out";
  for await (const word of oneByOne(words)) {
    if (entry !== undefined) {
      if (entry !== "left out") commit?.entries.add({ path: word, ...entry });
      entry = undefined;
      continue;
    }
    const text = word.startsWith("\n:") ? word.slice(1) : word;
    if (text.startsWith(":")) entry = parseEntry(text);
    else if (text.startsWith("=")) {
      if (commit) yield commit;
      const end = text.indexOf("\n");
      commit = { id: text.slice(1, end), message: text.slice(end + 1), entries: new Entries() };
    } else if (text.trim() !== "") throw new Error("git log said what was not understood");
  }
  if (commit) yield commit;
}

function parseEntry(text: string): { oid: string; old: string[] } | "left out" {
  const parents = text.lastIndexOf(":") + 1;
  const fields = text.slice(parents).split(" ");
  if (fields[parents] === GITLINK) return "left out";
  const old = fields.slice(parents + 1, 2 * parents + 1).filter((oid) => !NOTHING.test(oid));
  return { oid: fields[2 * parents + 1] ?? "", old };
}

async function* oneByOne(all: AsyncIterable<string[]>): AsyncGenerator<string> {
  for await (const words of all) yield* words;
}
