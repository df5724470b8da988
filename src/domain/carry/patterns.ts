// The patterns that grant ignored files of a repository: what one may say, and what git is asked with. Pure.
import { isDisguisedGit } from "../customs/odd-names.ts";

const MAX_LENGTH = 300;
export const MAX_PATTERNS = 100;

// Patterns begin at the repository's top, so that one grants no more than it says: ".env.sandbox" is that file,
// "**/.env" one in every directory, "config/local" all in it.

/** Why a text grants nothing; undefined for a pattern. */
export function patternProblem(pattern: string): string | undefined {
  const names = pattern.replace(/\/$/, "").split("/");
  if (pattern.trim() === "" || pattern.length > MAX_LENGTH) return `must have 1 to ${MAX_LENGTH} characters`;
  if (/\p{Cc}/u.test(pattern)) return "must not hold control characters";
  if (/^[/~]/.test(pattern))
    return "must be relative to the repository's top: a path without / or ~ before it";
  if (pattern.startsWith("!")) return "must say what is carried: nothing is taken out with !";
  if (names.includes("..")) return 'must not lead out of the repository: it has ".."';
  if (names.includes("") || names.includes(".")) return 'must not have "//" or "." in it';
  if (isDisguisedGit(Buffer.from(pattern).toString("latin1"))) return "must not name git's own files";
  return undefined;
}

/** For git: `*` ends at a slash, `**` does not, a directory stands for all in it. */
export const pathspecs = (patterns: readonly string[]): string[] =>
  patterns.map((pattern) => `:(top,glob)${pattern.replace(/\/$/, "")}`);

/** The directories and the name before the first wildcard: what must be no link for the pattern to mean what it says. */
export function plainPart(pattern: string): string {
  const names = pattern.replace(/\/$/, "").split("/");
  const wild = names.findIndex((name) => /[*?[\\]/.test(name));
  return names.slice(0, wild < 0 ? names.length : wild).join("/");
}
