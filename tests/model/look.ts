// What a repository with a work tree holds at one moment: files, index, references, commits.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type FileVersion, filesBelow } from "./files.ts";
import { ask, feed, type GitWorld, git } from "./git.ts";
import { gitDirOf, isModule, SUBMODULE, submoduleOf } from "./places.ts";

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

/** Without its submodule, which is looked at by itself; of a submodule without files all but them. */
export function look(world: GitWorld, directory: string): Seen {
  const bare = isModule(directory);
  const words = ["status", "--porcelain=v2", "-z", "--no-renames", "-uall", "--ignored=traditional"];
  const status = bare ? [] : list(git(world, directory, ...words));
  const marked = (kinds: string) =>
    status.filter((line) => kinds.includes(line[0] ?? "")).map((line) => pathOf(line));
  const refs = git(world, directory, "for-each-ref", "--format=%(objectname) %(refname)");
  const tagged = list(git(world, directory, "ls-files", "-t", "-z"));
  const hasFiles = submoduleOf(directory) === join(directory, SUBMODULE);
  return {
    directory,
    files: bare ? new Map() : filesBelow(directory, hasFiles ? SUBMODULE : undefined),
    index: list(git(world, directory, "ls-files", "-s", "-z")),
    dirty: new Set(marked("1u?!")),
    ignored: new Set(marked("!")),
    head: readFileSync(join(gitDirOf(directory), "HEAD"), "latin1").trim(),
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

/** Copies of what the host has: in the vault, and in a workspace under the host's name. They move when the host's do. */
const COPIES = ["--exclude=refs/host/*", "--exclude=refs/remotes/host/*"];

/** Every object below the references and HEAD; with "history" also below the reflogs. */
export function reachable(world: GitWorld, directory: string, roots: Roots): Set<string> {
  const named = roots === "history" ? logged(directory) : [];
  const args = [
    "rev-list",
    "--objects",
    "--no-object-names",
    "--ignore-missing",
    ...COPIES,
    "--all",
    "--stdin",
  ];
  const input = named.map((id) => `${id}\n`).join("");
  return new Set(
    feed(world, directory, input, ...args)
      .split("\n")
      .filter(Boolean),
  );
}

/** The commits that the reflogs name, of linked worktrees, too. */
function logged(directory: string): string[] {
  const gitDir = gitDirOf(directory);
  const names = readdirSync(gitDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => /^(worktrees\/[^/]+\/)?logs\/(?!refs\/remotes\/host\/)/.test(relative(gitDir, path)));
  const ids = names.flatMap((path) =>
    readFileSync(path, "latin1")
      .split("\n")
      .filter(Boolean)
      .flatMap((line) => line.split(" ", 2)),
  );
  return [...new Set(ids)].filter((id) => !/^0*$/.test(id));
}
