// The saves as a table, as lines and as JSON. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { Holdings } from "./holdings.ts";

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

/** "3 commits, 2 stashes, 5 files": everything that is not zero. */
export function holdsText({ save, commits, files, operation, damaged }: Holdings): string {
  if (damaged) return "damaged";
  const parts = [
    ...(commits ? [plural(commits, "commit")] : []),
    ...(save.stashes.length > 0 ? [plural(save.stashes.length, "stash").replace(/stashs$/, "stashes")] : []),
    ...(files ? [plural(files, "file")] : []),
    ...(operation ? ["an operation in progress"] : []),
    ...save.files.map((piece) => sanitize(piece.holds, 60)),
  ];
  return parts.join(", ") || "nothing the host has not";
}

const when = (time: string): string => sanitize(time.slice(0, 16).replace("T", " "), 16);

/** Head and rows of `trash list`; times are UTC. */
export function trashRows(all: readonly Holdings[], size: (bytes: number) => string) {
  const head = ["ID", "WHEN (UTC)", "REPOSITORY", "BRANCH", "WHY", "HOLDS", "SIZE"];
  const rows = all.map((one) => [
    one.save.id,
    when(one.save.time),
    one.save.repoId === undefined ? "" : sanitize(one.save.repoName, 40),
    one.save.branch === undefined ? `~/${sanitize(one.save.dir, 60)}` : sanitize(one.save.branch, 60),
    sanitize(one.save.why, 10),
    holdsText(one),
    size(one.bytes),
  ]);
  return { head, rows };
}

/** One line each, for a question. */
export const trashLines = (all: readonly Holdings[]): string[] =>
  all.map((one) => {
    const what = one.save.branch ?? `~/${one.save.dir}`;
    return `${one.save.id}  ${sanitize(what, 60)}  ${holdsText(one)}`;
  });

/** `trash list --json`: names as they are, for programs. */
export const trashJson = (all: readonly Holdings[]) => ({
  /** Version of this form. */
  schema: 1,
  saves: all.map(({ save, commits, files, operation, bytes, damaged }) => ({
    id: save.id,
    time: save.time,
    why: save.why,
    vm: save.vm,
    repository: save.repoId === undefined ? null : { id: save.repoId, name: save.repoName },
    branch: save.branch ?? null,
    dir: save.dir,
    commits: commits ?? null,
    stashes: save.stashes.length,
    files: files ?? null,
    operation,
    pieces: save.files.map(({ kind, bytes: size, holds }) => ({ kind, bytes: size, holds })),
    bundled: save.bundled,
    regenerable: save.regenerable,
    bytes,
    damaged,
  })),
});
