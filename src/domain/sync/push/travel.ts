// What a branch uses that does not travel into a workspace, in one line each.
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import { cloneNotes } from "../../clones/notes.ts";
import type { Repository } from "../../workspace/repository.ts";

export interface Travel {
  /** What a commit and its repository use that a workspace does not get; none for most repositories. */
  lines: string[];
  /** The commit's attributes assign the filter of Git LFS. */
  largeFiles: boolean;
}

/** What a workspace of the commit does not get. `sparse`: the patterns of the host's sparse checkout travel. */
export async function whatStaysBehind(
  ctx: Context,
  repo: Repository,
  oid: string,
  sparse = false,
): Promise<Travel> {
  const filters = await filtersOf(ctx, repo, oid);
  const others = filters.filter((name) => name !== "lfs").map((name) => sanitize(name));
  const lines = [
    ...(others.length > 0
      ? [
          `This repository uses filters (${others.join(", ")}): their files are in the workspace as git stores them.`,
        ]
      : []),
    ...(await cloneNotes(ctx, repo, sparse)),
  ];
  return { lines, largeFiles: filters.includes("lfs") };
}

/** The names of the filters that the commit's attributes assign. */
async function filtersOf(ctx: Context, repo: Repository, oid: string): Promise<string[]> {
  const args = ["grep", "-h", "-I", "-e", "filter=", oid, "--", ":(top,glob)**/.gitattributes"];
  const { stdout } = await git(ctx, repo.directory, args, { ok: [0, 1] });
  const lines = stdout.split("\n").filter((line) => !line.trimStart().startsWith("#"));
  return [
    ...new Set(lines.flatMap((line) => [...line.matchAll(/\sfilter=(\S+)/g)].map((hit) => hit[1] ?? ""))),
  ];
}
