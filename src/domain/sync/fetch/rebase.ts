// `fetch --rebase`: commits replayed on another tip, without a checkout; author, date and message stay byte for byte.
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Refusal } from "../plan.ts";
import { nameLines, short } from "../words.ts";
import type { Made } from "./merge.ts";
import { committerOf, type Merger, mergerFor } from "./three-way.ts";

export interface Replay {
  /** The commits of `tip` that `onto` has not are replayed on `onto`. */
  tip: string;
  onto: string;
  /** What to type when it cannot be done, as a hint. */
  otherwise: string;
}

interface Original {
  oid: string;
  parents: string[];
}

/** The tip of the replayed commits, or why there is none. A commit that brings nothing any more is left out. */
export async function replay(ctx: Context, directory: string, what: Replay): Promise<Made> {
  const committer = await committerOf(ctx, directory);
  const originals = await commitsBetween(ctx, directory, what);
  const merge = originals.find((one) => one.parents.length !== 1);
  if (merge) return { refuse: mergeInTheWay(merge, what) };
  const merger = await mergerFor(ctx, directory);
  let tip = what.onto;
  for (const original of originals) {
    const step = await replayOne(ctx, directory, { original, tip, merger, committer });
    if ("conflicts" in step)
      return { refuse: await conflict(ctx, directory, original, step.conflicts, what) };
    tip = step.tip;
  }
  return { commit: tip };
}

async function commitsBetween(ctx: Context, directory: string, { tip, onto }: Replay): Promise<Original[]> {
  const args = ["rev-list", "--reverse", "--topo-order", "--parents", tip, `^${onto}`, "--"];
  const { stdout } = await git(ctx, directory, args);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [oid = "", ...parents] = line.split(" ");
      return { oid, parents };
    });
}

interface Step {
  original: Original;
  tip: string;
  merger: Merger;
  committer: string;
}

/** A merge of the commit with a stand-in that has the new tree and the commit's own parent: exactly its change. */
async function replayOne(
  ctx: Context,
  directory: string,
  { original, tip, merger, committer }: Step,
): Promise<{ tip: string } | { conflicts: string[] }> {
  const [parent = ""] = original.parents;
  const trees = await treesOf(ctx, directory, [tip, parent, original.oid]);
  const [tree = "", parentTree, ownTree] = trees;
  const standIn = await write(ctx, directory, [
    `tree ${tree}`,
    `parent ${parent}`,
    `author ${committer}`,
    `committer ${committer}`,
    "",
    "",
  ]);
  const merged = await merger.merge(standIn, original.oid);
  if ("conflicts" in merged) return merged;
  // One that was empty from the beginning is meant to be.
  if (merged.tree === tree && parentTree !== ownTree) return { tip };
  const raw = await git(ctx, directory, ["cat-file", "commit", original.oid], { encoding: "latin1" });
  return { tip: await write(ctx, directory, rewritten(raw.stdout, { tree: merged.tree, tip, committer })) };
}

async function treesOf(ctx: Context, directory: string, oids: readonly string[]): Promise<string[]> {
  const { stdout } = await git(ctx, directory, ["rev-parse", ...oids.map((oid) => `${oid}^{tree}`)]);
  return stdout.trim().split("\n");
}

/** The commit's own text, bytes one character each, with tree, parent and committer exchanged and no signature. */
export function rewritten(raw: string, by: { tree: string; tip: string; committer: string }): string[] {
  const end = raw.indexOf("\n\n");
  const headers = raw.slice(0, end).split("\n");
  const kept = (name: string) => headers.filter((line) => line.startsWith(`${name} `));
  return [
    `tree ${by.tree}`,
    `parent ${by.tip}`,
    ...kept("author"),
    `committer ${by.committer}`,
    ...kept("encoding"),
    "",
    raw.slice(end + 2),
  ];
}

async function write(ctx: Context, directory: string, lines: readonly string[]): Promise<string> {
  const input = Buffer.from(lines.join("\n"), "latin1");
  const { stdout } = await git(ctx, directory, ["hash-object", "-t", "commit", "-w", "--stdin"], { input });
  return stdout.trim();
}

const mergeInTheWay = (merge: Original, { otherwise }: Replay): Refusal => ({
  message: "There is a merge among the commits to replay; your branch was not moved.",
  details: [`merge: ${short(merge.oid)}`],
  hint: otherwise,
});

async function conflict(
  ctx: Context,
  directory: string,
  original: Original,
  files: readonly string[],
  { otherwise }: Replay,
): Promise<Refusal> {
  const { stdout } = await git(ctx, directory, [
    "log",
    "-1",
    "--format=%s",
    "--encoding=UTF-8",
    original.oid,
  ]);
  return {
    message: "A commit does not apply on the other side by itself; your branch was not moved.",
    details: [`commit: ${short(original.oid)}  ${sanitize(stdout.trim())}`, ...nameLines("conflict", files)],
    hint: otherwise,
  };
}
