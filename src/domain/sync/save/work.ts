// What of a workspace exists nowhere else, in lines for people. Pure.
import { sanitize } from "../../../guard/sanitize.ts";
import { keyOf } from "../../lfs/held.ts";
import type { Pointer } from "../../lfs/pointer.ts";
import type { Module, Observation } from "../parse.ts";
import { operationText } from "../plan.ts";
import { nameLines, short } from "../words.ts";

/** The objects of which the host must say whether it has them. */
export const oidsOf = (seen: Observation): string[] => [
  ...seen.refs.map((ref) => ref.oid),
  ...seen.stashes,
  ...seen.earlier,
  ...seen.worktrees.flatMap((one) => one.head ?? []),
  ...(seen.head === undefined ? [] : [seen.head]),
];

/**
 * One cleaned line for each thing that would be lost with the workspace; none means that it can go. `saved` holds the
 * objects that are reachable from the host's references, and the keys of large files that its store has. What another
 * repository has (`refs/remotes/`) is not counted as work; every other reference, a detached HEAD, stashes, linked
 * worktrees and every file that is not committed are. Its submodules are looked at in the same way; `savedOf` gives what
 * the host's clones of them have.
 */
export function unsavedIn(
  seen: Observation,
  saved: ReadonlySet<string>,
  savedOf: (module: Module) => ReadonlySet<string> = () => NONE,
): string[] {
  if (seen.state === "missing") return [];
  if (seen.state === "foreign") return ["not a git repository: what is in it, nobody can tell"];
  const closed = nameLines("cannot be read", seen.closed);
  if (seen.state === "broken" && closed.length > 0) return closed;
  if (seen.state === "broken") return ["git cannot read its repository: what is in it, nobody can tell"];
  const isStash = ({ oid, name }: { oid: string; name: string }) =>
    name === "refs/stash" && seen.stashes.includes(oid);
  const refs = seen.refs.filter(
    (ref) => !saved.has(ref.oid) && !isStash(ref) && !ref.name.startsWith("refs/remotes/"),
  );
  const stashes = seen.stashes.filter((oid) => !saved.has(oid)).length;
  const earlier = seen.earlier.filter((oid) => !saved.has(oid)).length;
  const populated = new Set(seen.modules.map((one) => `./${one.worktree}/`));
  const detached = seen.on === undefined && seen.head !== undefined && !saved.has(seen.head);
  return [
    ...nameLines("commits the host has not", refs.map(refText)),
    ...(detached ? [`commits the host has not: detached HEAD at ${short(seen.head ?? "")}`] : []),
    ...(stashes > 0 ? [`stashes: ${stashes}`] : []),
    ...(earlier > 0 ? [`commits that only a reflog names: ${earlier}`] : []),
    ...seen.operations.map(operationText),
    ...nameLines(
      "linked worktree",
      seen.worktrees.map((one) => one.path),
    ),
    ...closed,
    ...nameLines(
      "repository inside",
      seen.nested.filter((path) => !path.startsWith(".git/") && !populated.has(path)),
    ),
    ...nameLines(
      "kept beside git's objects",
      seen.nested.filter((path) => path.startsWith(".git/")),
    ),
    ...largeLines(seen.objects.filter((one) => !saved.has(keyOf(one)))),
    ...seen.modules.flatMap((one) => inModule(one, seen.modules, savedOf)),
    ...nameLines("changed", seen.changed),
    ...nameLines("untracked", seen.untracked),
    ...nameLines("ignored", seen.ignored),
    ...nameLines("hidden from git status", seen.flagged),
    ...nameLines("content that a filter keeps out of git", seen.filtered),
  ];
}

const NONE: ReadonlySet<string> = new Set();

function inModule(
  module: Module,
  all: readonly Module[],
  savedOf: (module: Module) => ReadonlySet<string>,
): string[] {
  const { name, worktree, seen } = module;
  // Those inside of it are in the list of all, by their paths in the workspace.
  const inside = all.flatMap((one) =>
    one.worktree?.startsWith(`${worktree}/`) ? [`./${one.worktree.slice(`${worktree}/`.length)}/`] : [],
  );
  const nested = seen.nested.filter((path) => !inside.includes(path));
  const lines = unsavedIn({ ...seen, nested }, savedOf(module));
  return lines.map((line) => `in the submodule ${sanitize(worktree ?? name)}: ${line}`);
}

function largeLines(objects: readonly Pointer[]): string[] {
  const count = new Set(objects.map(keyOf)).size;
  return count === 0 ? [] : [`large files (Git LFS) the host has not: ${count}`];
}

const refText = ({ name, oid }: { name: string; oid: string }): string =>
  `${name.replace(/^refs\/(heads|tags)\//, (_, kind: string) => (kind === "heads" ? "branch " : "tag "))} at ${short(oid)}`;

export interface WorkReport {
  dir: string;
  /** "branch of repository", or what it is instead. */
  title: string;
  /** The map knows it; others are told of by their name alone. */
  known: boolean;
  /** What exists nowhere else; empty when nothing would be lost. */
  lines: string[];
}

/** The reports with work, as lines: a title each, what it holds beneath it. */
export function reportLines(reports: readonly WorkReport[]): string[] {
  return reports
    .filter((report) => report.lines.length > 0)
    .flatMap(({ dir, title, lines }) => [`${sanitize(dir)} (${title})`, ...lines.map((line) => `  ${line}`)]);
}
