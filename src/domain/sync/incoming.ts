// Which paths an update of a work tree would bring into being, from git's raw diff. Pure.
// git itself overwrites ignored files in silence, in a push with updateInstead as in `merge --ff-only`.

/** A path that the update needs to be free, unless it is tracked now. Bytes, one character each. */
export interface IncomingPath {
  path: string;
  /** It will be a file (or a link), or a directory above one. */
  as: "file" | "directory";
}

const GITLINK = "160000";

/**
 * From `git diff --raw -z --no-renames OLD NEW` (or `diff-tree -r`), where OLD is what is checked out: every path that
 * must be free on the disk. A path that is to be a file may be an existing directory only when that holds nothing
 * untracked; the directories above it may not be files or links that git does not track.
 */
export function incomingPaths(raw: string): IncomingPath[] {
  const entries = parseRaw(raw);
  const leaving = new Set(entries.filter((one) => one.status === "D").map((one) => one.path));
  const wanted = new Map<string, IncomingPath["as"]>();
  for (const { path, status, newMode } of entries) {
    if (status !== "A") continue;
    wanted.set(path, newMode === GITLINK ? "directory" : "file");
    for (const above of parents(path))
      if (!leaving.has(above) && !wanted.has(above)) wanted.set(above, "directory");
  }
  return [...wanted].map(([path, as]) => ({ path, as }));
}

/** Every path that the raw diff adds or changes; bytes, one character each. */
export const changedPaths = (raw: string): string[] =>
  parseRaw(raw).flatMap(({ path, status }) => (status === "D" ? [] : [path]));

export interface RawEntry {
  path: string;
  status: string;
  newMode: string;
  /** All zeros for a path that goes. */
  newOid: string;
}

/** Records are ":oldmode newmode oldid newid STATUS" NUL path NUL. */
export function parseRaw(raw: string): RawEntry[] {
  const words = raw.split("\0").slice(0, -1);
  const entries: RawEntry[] = [];
  for (let index = 0; index + 1 < words.length; index += 2) {
    const [, newMode = "", , newOid = "", status = ""] = (words[index] ?? "").split(" ");
    entries.push({ path: words[index + 1] ?? "", status: status.slice(0, 1), newMode, newOid });
  }
  return entries;
}

function* parents(path: string): Generator<string> {
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) yield path.slice(0, at);
}
