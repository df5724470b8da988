// Which names mean git's own directory, however they are written, and which may be file names at all. Pure.

/** Code points that file systems and people do not see; HFS+ ignores them in names, as git's own check knows. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Mark}\p{Control}\p{Format}]/gu;

/** Most names are neither: nothing but ASCII, and no "git" in them. */
const HARMLESS = /^(?!.*git)[\x20-\x7e]*$/i;

/** Begins nowhere within a row of them: time grows with the length of the name alone. */
const AT_END = /(?<![. ])[. ]+$/;

/**
 * True for a name (one path component, one character per byte) that git, or a file system that folds names, takes for
 * ".git": in any case, in other Unicode forms, with trailing dots and spaces, as a Windows short name or stream.
 */
export function meansGit(name: string): boolean {
  if (HARMLESS.test(name)) return false;
  const text = Buffer.from(name, "latin1").toString("utf8");
  const folded = text.normalize("NFKD").replace(UNSEEN, "").toLowerCase().replace(/:.*$/s, "");
  return /^(\.git|git~\d+)$/.test(folded.replace(AT_END, ""));
}

const MAX_NAME = 255;
const SLASH = 0x2f;

/** True for bytes that can be the name of a file in a directory. */
export const isFileName = (name: Buffer): boolean =>
  name.length > 0 && name.length <= MAX_NAME && !name.includes(SLASH) && !name.includes(0);
