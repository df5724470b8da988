// What a branch uses that does not travel into a workspace, in one line each.
import { git, query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { cloneNotes } from "../clones/notes.ts";
import type { Repository } from "../workspace/repository.ts";

/**
 * Lines about what a commit and its repository use that a workspace does not get; none for most repositories. `sparse`:
 * the patterns of the host's sparse checkout travel.
 */
export async function whatStaysBehind(
  ctx: Context,
  repo: Repository,
  oid: string,
  sparse = false,
): Promise<string[]> {
  const modules = await query(ctx, repo.directory, [
    "rev-parse",
    "--verify",
    "--quiet",
    `${oid}:.gitmodules`,
  ]);
  const filters = await filtersOf(ctx, repo, oid);
  const others = filters.filter((name) => name !== "lfs").map((name) => sanitize(name));
  return [
    ...(modules ? ["This repository has submodules: their files do not travel into the workspace yet."] : []),
    ...(filters.includes("lfs")
      ? ["This repository uses Git LFS: large files are only pointers in the workspace yet."]
      : []),
    ...(others.length > 0
      ? [
          `This repository uses filters (${others.join(", ")}): their files are in the workspace as git stores them.`,
        ]
      : []),
    ...(await cloneNotes(ctx, repo, sparse)),
  ];
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
