// Names that are not what they seem to be, to a person or to another file system. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import { kept } from "../../io/kept.ts";

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
  if (PLAIN.test(path)) return false;
  const text = textOfBytes(path);
  return sanitize(text, Number.POSITIVE_INFINITY) !== text;
}

const ODD_ON_WINDOWS = /\\|[. ](\/|$)|(^|\/)(con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$)(\.|\/|$)/i;

/** Windows, and tools that were written for it, take it for another path. */
export const isOddOnWindows = (path: string): boolean => ODD_ON_WINDOWS.test(path);

const OF_GIT = [".git", ".gitmodules", ".gitattributes", ".gitignore", ".mailmap", ".lfsconfig"];
/** Short names that NTFS makes of the names above. */
const SHORT = /^(git~[0-9]+|gitmod~[0-9]+|gitatt~[0-9]+|gitign~[0-9]+|gi[0-9a-f]{4}~[0-9])$/;

/** Nearly no path has any of it. */
const LIKE_GIT = /\.git|~|\.mailmap|\.lfsconfig/i;

/** A spelling that a file system may take for one of git's own names; `.git` in any. */
export const isDisguisedGit = (path: string): boolean =>
  (!PLAIN.test(path) || LIKE_GIT.test(path)) &&
  path.split("/").some((name) => {
    const plain = fold(name)
      .replace(/:.*$/, "")
      .replace(/[. ]+$/, "");
    return plain === ".git" || SHORT.test(plain) || (OF_GIT.includes(plain) && name !== plain);
  });

/**
 * A link that leaves the repository, wherever the repository lies, or leads into git's own directory. Both as bytes. A `..` behind a name counts as one:
 * the name may be a link itself, and then it leads elsewhere than the words say.
 */
export function leavesRepository(path: string, target: string): boolean {
  if (/^[/\\~]|^[A-Za-z]:/.test(target) || isDisguisedGit(target)) return true;
  const names = target.split("/").filter((name) => name !== "" && name !== ".");
  const down = names.findIndex((name) => name !== "..");
  const up = down < 0 ? names.length : down;
  return up > path.split("/").length - 1 || names.lastIndexOf("..") >= up;
}

/** A path and the directories above it, the deepest first. */
export function* withParents(path: string): Generator<string> {
  yield path;
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) yield path.slice(0, at);
}

/** Names with another spelling that are told: nobody reads more. */
const MAX_CLASHES = 10_000;

export interface Spellings {
  /** The paths of the tree one after the other, in git's order; bytes. */
  take(path: string): void;
  /** Another spelling of the path, or of a directory above it, in the tree. */
  other(path: string): string | undefined;
}

/** Held are the names beside those on the way to the path that was taken last, not the tree. */
export function spellings(): Spellings {
  const clashes = new Map<string, string>();
  const above: { name: string; beside: Map<string, string> }[] = [{ name: "", beside: new Map() }];
  const note = (place: string, name: string, other: string) => {
    if (clashes.size >= MAX_CLASHES) return;
    clashes.set(place + name, place + other);
    if (!clashes.has(place + other)) clashes.set(place + other, place + name);
  };
  const take = (path: string) => {
    const names = path.split("/");
    let depth = 0;
    while (depth + 1 < names.length && above[depth + 1]?.name === names[depth]) depth += 1;
    above.length = depth + 1;
    for (const [at, name] of names.entries()) {
      if (at < depth) continue;
      const beside = above[at]?.beside ?? new Map<string, string>();
      const own = kept(name);
      const folded = fold(own);
      const other = beside.get(folded);
      if (other === undefined) beside.set(folded, own);
      else if (other !== own)
        note(
          names
            .slice(0, at)
            .map((one) => `${one}/`)
            .join(""),
          own,
          other,
        );
      above.push({ name: own, beside: new Map() });
    }
  };
  const other = (path: string) =>
    clashes.size === 0 ? undefined : [...withParents(path)].flatMap((name) => clashes.get(name) ?? []).at(-1);
  return { take, other };
}
