// Names that are not what they seem to be, to a person or to another file system. Pure.
import { sanitize } from "../../guard/sanitize.ts";

// What HFS+ leaves out of a name, and with it git's own list.
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;
const PLAIN = /^[\x20-\x7e]*$/;

export const textOfBytes = (bytes: string): string =>
  PLAIN.test(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");

/** One spelling for all that some file system of a developer takes for the same name. Takes bytes. */
export function fold(path: string): string {
  if (PLAIN.test(path)) return path.toLowerCase();
  return textOfBytes(path).replace(IGNORED, "").normalize("NFC").toUpperCase().toLowerCase();
}

/** Control, bidi or zero-width characters: the name that a person reads is another one. */
export function hidesCharacters(path: string): boolean {
  const text = textOfBytes(path);
  return sanitize(text, Number.POSITIVE_INFINITY) !== text;
}

const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$)(\.|$)/;

/** Windows, and tools that were written for it, take it for another path. */
export const isOddOnWindows = (path: string): boolean =>
  path.includes("\\") ||
  path.split("/").some((name) => /[. ]$/.test(name) || DEVICE.test(name.toLowerCase()));

const OF_GIT = [".git", ".gitmodules", ".gitattributes", ".gitignore", ".mailmap", ".lfsconfig"];
/** Short names that NTFS makes of the names above. */
const SHORT = /^(git~[0-9]+|gitmod~[0-9]+|gitatt~[0-9]+|gitign~[0-9]+|gi[0-9a-f]{4}~[0-9])$/;

/** A spelling that a file system may take for one of git's own names; `.git` in any. */
export const isDisguisedGit = (path: string): boolean =>
  path.split("/").some((name) => {
    const plain = fold(name)
      .replace(/:.*$/, "")
      .replace(/[. ]+$/, "");
    return plain === ".git" || SHORT.test(plain) || (OF_GIT.includes(plain) && name !== plain);
  });

/**
 * A link that leaves the repository, wherever the repository lies. Both as bytes. A `..` behind a name counts as one:
 * the name may be a link itself, and then it leads elsewhere than the words say.
 */
export function leavesRepository(path: string, target: string): boolean {
  if (/^[/\\~]|^[A-Za-z]:/.test(target)) return true;
  const names = target.split("/").filter((name) => name !== "" && name !== ".");
  const down = names.findIndex((name) => name !== "..");
  const up = down < 0 ? names.length : down;
  return up > path.split("/").length - 1 || names.lastIndexOf("..") >= up;
}

/** A path of the tree or a directory above one, by its folded spelling. */
function* prefixes(path: string): Generator<string> {
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) yield path.slice(0, at);
  yield path;
}

/**
 * For each of the new paths that has one: another spelling of it, or of a directory above it, in the tree. All as
 * bytes; the tree holds the new paths, too.
 */
export function collisions(fresh: Iterable<string>, tree: readonly string[]): Map<string, string> {
  const wanted = new Map<string, Set<string>>();
  const known = new Map<string, string>();
  const folded = (part: string): string => {
    const before = known.get(part);
    if (before !== undefined) return before;
    const now = fold(part);
    known.set(part, now);
    return now;
  };
  const paths = [...fresh];
  for (const path of paths) for (const part of prefixes(path)) wanted.set(folded(part), new Set());
  for (const path of tree) for (const part of prefixes(path)) wanted.get(folded(part))?.add(part);
  const found = new Map<string, string>();
  for (const path of paths) {
    for (const part of prefixes(path)) {
      const other = [...(wanted.get(folded(part)) ?? [])].find((one) => one !== part);
      if (other !== undefined && !found.has(path)) found.set(path, other);
    }
  }
  return found;
}
