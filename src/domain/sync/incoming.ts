// Which paths an update of a work tree would bring into being, from git's raw diff. Pure.
// git itself overwrites ignored files in silence, in a push with updateInstead as in `merge --ff-only`.

/** A path that the update needs to be free, unless it is tracked now. Bytes, one character each. */
export interface IncomingPath {
  path: string;
  /** It will be a file (or a link), or a directory above one. */
  as: "file" | "directory";
}

export const GITLINK = "160000";

/**
 * git's raw diff (`git diff --raw -z --no-renames OLD NEW`, or `diff-tree -r`), to be gone through as often as needed:
 * its bytes are kept, its entries are not.
 */
export type RawDiff = Iterable<RawEntry>;

export interface RawEntry {
  path: string;
  status: string;
  oldMode: string;
  newMode: string;
  /** All zeros for a path that goes. */
  newOid: string;
}

export const rawDiffOf = (blocks: readonly Uint8Array[]): RawDiff => ({
  [Symbol.iterator]: () => parseRaw(blocks),
});

/** Records are ":oldmode newmode oldid newid STATUS" NUL path NUL. */
function* parseRaw(blocks: readonly Uint8Array[]): Generator<RawEntry> {
  let head: string | undefined;
  for (const word of wordsOf(blocks)) {
    if (head === undefined) {
      head = word;
      continue;
    }
    const [oldMode = "", newMode = "", , newOid = "", status = ""] = head.split(" ");
    yield { path: word, status: status.slice(0, 1), oldMode: oldMode.slice(1), newMode, newOid };
    head = undefined;
  }
}

const NUL = 0;

/** What NUL ends in the bytes, one character each. */
export function* wordsOf(blocks: Iterable<Uint8Array>): Generator<string> {
  let begun = "";
  for (const { buffer, byteOffset, byteLength } of blocks) {
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    let at = 0;
    for (let end = bytes.indexOf(NUL); end >= 0; end = bytes.indexOf(NUL, at)) {
      yield begun + bytes.toString("latin1", at, end);
      begun = "";
      at = end + 1;
    }
    begun += bytes.toString("latin1", at);
  }
}

/**
 * Of a diff from what is checked out: every path that must be free on the disk. A path that is to be a file may be an
 * existing directory only when that holds nothing untracked; the directories above it may not be files or links that
 * git does not track. Only the directories are held in memory.
 */
export function* incomingPaths(diff: RawDiff): Generator<IncomingPath> {
  const directories = directoriesOf(diff);
  for (const { path, status, oldMode, newMode } of diff) {
    // In a submodule's place git removes whatever lies there, its repository and edits too.
    if (status === "T" && oldMode === GITLINK) yield { path, as: "file" };
    if (status !== "A") continue;
    yield { path, as: newMode === GITLINK ? "directory" : "file" };
    for (const above of parents(path)) if (directories.delete(above)) yield { path: above, as: "directory" };
  }
}

/** Whether a directory becomes a file: git then removes repositories in it that it says nothing of. */
export function replacesDirectory(diff: RawDiff): boolean {
  const files = new Set<string>();
  for (const { path, as } of incomingPaths(diff)) if (as === "file") files.add(path);
  for (const { path, status, oldMode } of diff) {
    if (status === "T" && oldMode === GITLINK) return true;
    if (status !== "D") continue;
    for (const above of parents(path)) if (files.has(above)) return true;
  }
  return false;
}

/** Those above what is new, without those that are a tracked file until then. */
function directoriesOf(diff: RawDiff): Set<string> {
  const found = new Set<string>();
  for (const { path, status } of diff) {
    if (status !== "A") continue;
    for (const above of parents(path)) {
      if (found.has(above)) break;
      found.add(above);
    }
  }
  if (found.size > 0) for (const { path, status } of diff) if (status === "D") found.delete(path);
  return found;
}

/** The answer of RAW_DIFF: its incoming paths. */
export const parseIncoming = (answer: string): IncomingPath[] => [
  ...incomingPaths(rawDiffOf([Buffer.from(answer, "latin1")])),
];

/** What the diff adds or changes. */
export function* changedEntries(diff: RawDiff): Generator<RawEntry> {
  for (const entry of diff) if (entry.status !== "D") yield entry;
}

function* parents(path: string): Generator<string> {
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) yield path.slice(0, at);
}
