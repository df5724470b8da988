// What `cp` says: what was copied, what was left out and why, and what stands in the way. Pure.
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { textOfBytes } from "../customs/odd-names.ts";
import type { Reason } from "./member.ts";

const MOST = 10;

/** Names as bytes, one character each. */
export type LeftOut = Map<Reason | "not text", string[]>;

export const noteLeftOut = (left: LeftOut, why: Reason | "not text", name: string): void => {
  const names = left.get(why) ?? [];
  names.push(name);
  left.set(why, names);
};

const WHY: Record<Reason | "not text", string> = {
  git: "git's own directory, or a name that some file system takes for it",
  link: "links that lead out of what is copied",
  special: "neither a file, a directory nor a link",
  name: "names that cannot be used here",
  collision: "names that are one and the same on this file system",
  "not text": "names that are not UTF-8",
};

/** `.git` itself is left out by rule, and not worth a word; everything else is. */
export function leftOutLines(left: LeftOut): string[] {
  return [...left].flatMap(([why, names]) => {
    const told = why === "git" ? names.filter((name) => !/(^|\/)\.git(\/|$)/.test(name)) : names;
    return told.length === 0 ? [] : [`left out (${WHY[why]}): ${namesText(told)}`];
  });
}

export function namesText(names: readonly string[], all = names.length): string {
  const shown = names.slice(0, MOST).map((name) => sanitize(textOfBytes(name)));
  return [...shown, ...(all > shown.length ? [`and ${all - shown.length} more`] : [])].join(", ");
}

export const filesText = (count: number): string => (count === 1 ? "1 file" : `${count} files`);

/** What was not copied makes the command fail, after all else was. */
export const notAll = (lines: readonly string[]): UserError =>
  new UserError("Not everything was copied.", {
    details: lines,
    hint: "The rest is in its place.",
    exit: EXIT.refused,
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
