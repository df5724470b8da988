// What a repository with a work tree holds at one moment: files, index, references, commits.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type FileVersion, filesBelow } from "./files.ts";
import { ask, type GitWorld, git } from "./git.ts";

export interface Seen {
  directory: string;
  files: Map<string, FileVersion>;
  /** `ls-files -s` lines: mode, id, stage, path. */
  index: string[];
  /** Paths that git calls changed, untracked or ignored. */
  dirty: Set<string>;
  ignored: Set<string>;
  /** The reference that HEAD names, or the commit. */
  head: string;
  /** Reference → id. */
  refs: Map<string, string>;
  stashes: string[];
  /** Tracked paths that git is told not to look for in the tree. */
  skipped: Set<string>;
}

const list = (answer: string): string[] => answer.split("\0").filter(Boolean);

export function look(world: GitWorld, directory: string): Seen {
  const status = list(
    git(world, directory, "status", "--porcelain=v2", "-z", "--no-renames", "-uall", "--ignored=traditional"),
  );
  const marked = (kinds: string) =>
    status.filter((line) => kinds.includes(line[0] ?? "")).map((line) => pathOf(line));
  const refs = git(world, directory, "for-each-ref", "--format=%(objectname) %(refname)");
  const tagged = list(git(world, directory, "ls-files", "-t", "-z"));
  return {
    directory,
    files: filesBelow(directory),
    index: list(git(world, directory, "ls-files", "-s", "-z")),
    dirty: new Set(marked("1u?!")),
    ignored: new Set(marked("!")),
    head: readFileSync(join(directory, ".git/HEAD"), "latin1").trim(),
    refs: new Map(
      refs
        .split("\n")
        .filter(Boolean)
        .map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]),
    ),
    stashes: ask(world, directory, "rev-list", "-g", "refs/stash", "--").split("\n").filter(Boolean),
    skipped: new Set(tagged.filter((line) => line.startsWith("S ")).map((line) => line.slice(2))),
  };
}

/** "1 XY sub mH mI mW hH hI path", "u XY sub m1 m2 m3 mW h1 h2 h3 path", "? path", "! path". */
function pathOf(line: string): string {
  const skipped = { "1": 8, u: 10 }[line[0] ?? ""] ?? 1;
  return line.split(" ").slice(skipped).join(" ");
}

/** True for a path that git calls dirty, itself or by a directory above it. */
export function isMarked(marked: ReadonlySet<string>, path: string): boolean {
  if (marked.has(path)) return true;
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
    if (marked.has(path.slice(0, at + 1))) return true;
  }
  return false;
}

/** The ids of the index, of every stage. */
export const indexIds = (seen: Seen): string[] => seen.index.map((line) => line.split(" ")[1] ?? "");

/** The index's id of a path that is in it once. */
export function indexed(seen: Seen): Map<string, string> {
  return new Map(
    seen.index
      .filter((line) => / 0\t/.test(line))
      .map((line) => [line.slice(line.indexOf("\t") + 1), line.split(" ")[1] ?? ""]),
  );
}

export type Roots = "references" | "history";

/** Every object below the references and HEAD; with "history" also below the reflogs. */
export function reachable(world: GitWorld, directory: string, roots: Roots): Set<string> {
  const more = roots === "history" ? ["--reflog"] : [];
  const args = ["rev-list", "--objects", "--no-object-names", "--all", ...more];
  return new Set(
    git(world, directory, ...args)
      .split("\n")
      .filter(Boolean),
  );
}

export const isRepository = (directory: string): boolean => existsSync(join(directory, ".git/HEAD"));
