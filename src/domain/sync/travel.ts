// What a branch uses that does not travel into a workspace, in one line each; and what cannot travel at all.
import { git, query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Repository } from "../workspace/repository.ts";

/** Lines about what a commit and its repository use that a workspace does not get; none for most repositories. */
export async function whatStaysBehind(ctx: Context, repo: Repository, oid: string): Promise<string[]> {
  const filters = await filtersOf(ctx, repo, oid);
  const others = filters.filter((name) => name !== "lfs").map((name) => sanitize(name));
  const sparse = await query(ctx, repo.directory, ["config", "--type=bool", "--get", "core.sparseCheckout"]);
  const partial = await promisorOf(ctx, repo);
  return [
    ...(filters.includes("lfs")
      ? ["This repository uses Git LFS: large files are only pointers in the workspace yet."]
      : []),
    ...(others.length > 0
      ? [
          `This repository uses filters (${others.join(", ")}): their files are in the workspace as git stores them.`,
        ]
      : []),
    ...(repo.shallow
      ? ["This repository is a shallow clone: the workspace has the same short history."]
      : []),
    ...(partial !== undefined
      ? ["This repository is a partial clone: the workspace is a full one, of the objects that are here."]
      : []),
    ...(sparse === "true"
      ? ["This repository has a sparse checkout: the workspace has all files checked out."]
      : []),
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

/** The remote that a partial clone gets its missing objects from. */
async function promisorOf(ctx: Context, repo: Repository): Promise<string | undefined> {
  const pattern = "^(extensions\\.partialclone|remote\\..*\\.promisor)$";
  const found = await query(ctx, repo.directory, ["config", "--get-regexp", pattern]);
  const [line] = found.split("\n");
  if (line === undefined || line === "") return undefined;
  const [key = "", ...value] = line.split(" ");
  return key.startsWith("remote.") ? key.slice("remote.".length, -".promisor".length) : value.join(" ");
}

/**
 * A partial clone that lacks objects of what is to travel is refused (UserError, 4): getting them is the user's own
 * business with the remote. No question to git but one for repositories that are none.
 */
export async function refusePartial(ctx: Context, repo: Repository, tips: readonly string[]): Promise<void> {
  const remote = await promisorOf(ctx, repo);
  if (remote === undefined) return;
  const args = ["rev-list", "--objects", "--missing=print", "--quiet", "--stdin"];
  const input = tips.map((oid) => `${oid}\n`).join("");
  const { stdout } = await git(ctx, repo.directory, args, { input });
  const missing = stdout.split("\n").filter((line) => line.startsWith("?")).length;
  if (missing === 0) return;
  throw new UserError(
    `This repository is a partial clone, and ${missing} objects of what would travel are not here.`,
    {
      hint: `Get them, then try again: git fetch --refetch --no-filter ${sanitize(remote)}`,
      exit: EXIT.refused,
    },
  );
}
