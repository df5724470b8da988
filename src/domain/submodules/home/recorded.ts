// Which commits of submodules the new commits of a repository record. Changes nothing.
import { git } from "../../../adapters/git.ts";
import { gitWords } from "../../../adapters/git-words.ts";
import type { Context } from "../../../context.ts";
import { kept } from "../../../io/kept.ts";
import { changeReader } from "../../customs/changes.ts";
import { GITLINK } from "../../customs/file-rules.ts";
import { bytesOf } from "../../sync/mirror.ts";
import { textOf } from "../../sync/parse.ts";

/** A commit that something records, and where; the path as text. */
export interface Recorded {
  path: string;
  oid: string;
  /** The commit that records it there. */
  by: string;
}

const LOG = [
  ...["log", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-relative", "--ignore-submodules=none"],
  // A merge shows what none of its parents has: what came with a parent is that one's own, or the host's.
  ...["--diff-merges=combined", "--root", "--no-notes", "--no-show-signature", "--format=%H"],
] as const;

/** More than that many are not fetched each for themselves. */
const MAX_RECORDED = 500;

/**
 * What those of the commits, and of their history, that no branch or tag of the host has record of submodules, the newest
 * first. Nothing that was fetched from a VM before counts as the host's.
 */
export async function newlyRecorded(
  ctx: Context,
  directory: string,
  tips: readonly string[],
): Promise<Recorded[]> {
  if (tips.length === 0) return [];
  const args = [...LOG, ...tips, "--not", "--exclude=refs/agent-vm/*", "--all", "--"];
  const read = changeReader();
  const found: Recorded[] = [];
  for await (const words of gitWords(ctx, directory, args, { env: { GIT_NO_REPLACE_OBJECTS: "1" } })) {
    // A line break stands before the first entry of a commit.
    const changes = read(words.map((word) => word.replace(/^\n(?=:)/, "")));
    const links = changes.filter((one) => one.mode === GITLINK);
    found.push(...links.map((one) => ({ path: textOf(one.path), oid: kept(one.oid), by: kept(one.commit) })));
    if (found.length >= MAX_RECORDED) break;
  }
  return found.slice(0, MAX_RECORDED);
}

/** The commit that a repository's commit records at a path, by the rules for paths; undefined for none. */
export async function recordedAt(
  ctx: Context,
  directory: string,
  commit: string,
  path: string,
): Promise<string | undefined> {
  const args = ["ls-tree", "-z", "--full-tree", commit, "--", path];
  const options = { encoding: "latin1", ok: [0, 128], env: AS_IT_IS } as const;
  const { stdout } = await git(ctx, directory, args, options);
  for (const entry of stdout.split("\0")) {
    const [, oid, at] = /^160000 commit ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
    if (at === bytesOf(path)) return oid;
  }
  return undefined;
}

const AS_IT_IS = { GIT_NO_REPLACE_OBJECTS: "1", GIT_LITERAL_PATHSPECS: "1" };
