// What `cp` says: what was copied, what was left out and why, and what stands in the way. Pure.
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { textOfBytes } from "../customs/odd-names.ts";
import type { Reason } from "./member.ts";

const MOST = 10;

export type Why = Reason | "not text" | "vanished" | "mount";

/** The first names, as bytes, one character each, and how many there are: what a VM sends has no end. */
export type LeftOut = Map<Why, { names: string[]; count: number }>;

/** `.git` itself is left out by rule, and not worth a word; everything else is. */
export function noteLeftOut(left: LeftOut, why: Why, name: string): void {
  if (why === "git" && /(^|\/)\.git(\/|$)/.test(name)) return;
  const noted = left.get(why) ?? { names: [], count: 0 };
  if (noted.count < MOST) noted.names.push(name);
  noted.count += 1;
  left.set(why, noted);
}

const WHY: Record<Why, string> = {
  git: "git's own directory, or a name that some file system takes for it",
  head: "a file of that name makes its directory a repository to this host's git",
  link: "links that lead out of what is copied",
  special: "neither a file, a directory nor a link",
  name: "names that cannot be used here",
  collision: "names that are one and the same on this file system",
  "not text": "names that are not UTF-8",
  vanished: "removed while it was copied",
  mount: "another file system, or a mount of agent-vm; name it itself to copy it",
};

export const leftOutLines = (left: LeftOut): string[] =>
  [...left].map(([why, { names, count }]) => `left out (${WHY[why]}): ${namesText(names, count)}`);

export function namesText(names: readonly string[], all = names.length): string {
  const shown = names.slice(0, MOST).map((name) => sanitize(textOfBytes(name)));
  return [...shown, ...(all > shown.length ? [`and ${all - shown.length} more`] : [])].join(", ");
}

export const filesText = (count: number): string => (count === 1 ? "1 file" : `${count} files`);

/**
 * What was not copied makes the command fail, after all else was: with 4 when a rule of ours left it out, with 1 when
 * it could not be read. `unsent`: what the other side says of it.
 */
export const notAll = (
  left: LeftOut,
  unsent: { lines: readonly string[]; byRule: boolean } = { lines: [], byRule: false },
): UserError =>
  new UserError("Not everything was copied.", {
    details: [...leftOutLines(left), ...unsent.lines],
    hint: "The rest is in its place.",
    exit: unsent.byRule || [...left.keys()].some((why) => why !== "vanished") ? EXIT.refused : EXIT.failed,
  });

export const wouldReplace = (names: readonly string[], all: number, side: string): UserError =>
  new UserError(`${filesText(all)} ${side} would be replaced by others, so nothing was copied.`, {
    details: [namesText(names, all)],
    hint: "Replace them with: --force",
    exit: EXIT.refused,
  });

export const clashes = (names: readonly string[], all: number): UserError =>
  new UserError("A directory would take the place of something else, or the other way round.", {
    details: [namesText(names, all)],
    hint: "Nothing was copied. Move it away, or copy to another place.",
    exit: EXIT.refused,
  });
