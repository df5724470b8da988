// What a branch uses that does not travel into a workspace, in one line each.
import { git, query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import type { Repository } from "../workspace/repository.ts";

/** Lines about submodules, Git LFS and shallow history of a commit; none for most repositories. */
export async function whatStaysBehind(ctx: Context, repo: Repository, oid: string): Promise<string[]> {
  const modules = await query(ctx, repo.directory, [
    "rev-parse",
    "--verify",
    "--quiet",
    `${oid}:.gitmodules`,
  ]);
  const attributes = [":(glob)**/.gitattributes"];
  const lfs = await git(ctx, repo.directory, ["grep", "-q", "filter=lfs", oid, "--", ...attributes], {
    ok: [0, 1],
  });
  return [
    ...(modules ? ["This repository has submodules: their files do not travel into the workspace yet."] : []),
    ...(lfs.code === 0
      ? ["This repository uses Git LFS: large files are only pointers in the workspace yet."]
      : []),
    ...(repo.shallow
      ? ["This repository is a shallow clone: the workspace has the same short history."]
      : []),
  ];
}
