// Paths of one commit that are one and the same file where a disk does not tell their spellings apart. Pure.
import { fold, withParents } from "../customs/odd-names.ts";
import { GITLINK, type RawDiff, type RawEntry } from "../sync/incoming.ts";

/** Two paths that meet; bytes, one character each. */
export type Meeting = readonly [string, string];

/** More are not told. */
const MOST = 1000;

export interface Meetings {
  /** Nothing is added: no path of the commit meets another that did not before. */
  none: boolean;
  /** Every path of the commit, one after the other. */
  take(path: string): void;
  found(): Meeting[];
}

/** As git itself takes one name for another (core.ignoreCase): letters of ASCII alone. Bytes stay bytes. */
export const asGitFolds = (path: string): string => path.replaceAll(/[A-Z]+/g, (some) => some.toLowerCase());

/**
 * New path → old path of tracked files whose names change nothing but their form, where git takes the old name for a file
 * in the way: of two forms of Unicode, and of "É" and "é". A submodule is none of them: its directory would not go.
 */
export function respelled(diff: RawDiff): Map<string, string> {
  const gone = new Map<string, string>();
  for (const { path, status } of diff) if (status === "D") gone.set(fold(path), path);
  const pairs = new Map<string, string>();
  for (const { path, status, newMode } of gone.size === 0 ? [] : diff) {
    const old = status === "A" && newMode !== GITLINK ? gone.get(fold(path)) : undefined;
    if (old !== undefined && asGitFolds(old) !== asGitFolds(path)) pairs.set(path, old);
  }
  return pairs;
}

const ATTRIBUTES = ".gitattributes";

/** git would obey it on the disk; whoever asks which filters a commit assigns finds nothing of it. */
function readAsAttributes(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name !== ATTRIBUTES && fold(name) === ATTRIBUTES;
}

/**
 * What an update adds, by its diff, meets what the new commit has. Two directories may: they become one. A file may
 * change its spelling where git itself gets along with that, or is helped to (see respelled).
 */
export function meetings(diff: RawDiff): Meetings {
  const files = new Map<string, string>();
  const directories = new Map<string, string>();
  const found: Meeting[] = [];
  const apart = respelled(diff);
  for (const { path, status } of diff) {
    if (status !== "A") continue;
    if (readAsAttributes(path)) found.push([path, path.replace(/[^/]*$/, ATTRIBUTES)]);
    files.set(fold(path), path);
    for (const above of withParents(path)) if (above !== path) directories.set(fold(above), above);
  }
  const note = (one: string | undefined, other: string) => {
    if (one !== undefined && one !== other && found.length < MOST) found.push([one, other]);
  };
  for (const { path, status } of diff) {
    const now = status === "D" ? files.get(fold(path)) : undefined;
    if (now !== undefined && asGitFolds(now) !== asGitFolds(path) && !apart.has(now)) note(path, now);
  }
  const take = (path: string) => {
    note(files.get(fold(path)), path);
    note(directories.get(fold(path)), path);
    for (const above of withParents(path)) if (above !== path) note(files.get(fold(above)), path);
  };
  return { none: files.size === 0, take, found: () => found };
}

/** A file that changes nothing but its spelling, and maybe what is in it, is one file there: a change of the old path. */
export function asOneChange(entries: readonly RawEntry[]): RawEntry[] {
  const added = new Map(entries.flatMap((one) => (one.status === "A" ? [[fold(one.path), one]] : [])));
  const merged = new Set<RawEntry>();
  const changes = entries.map((one) => {
    const other = one.status === "D" ? added.get(fold(one.path)) : undefined;
    if (other === undefined) return one;
    merged.add(other);
    return { ...other, path: one.path, status: "M" };
  });
  return changes.filter((one) => !merged.has(one));
}
