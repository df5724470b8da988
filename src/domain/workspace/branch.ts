// The branch a command names: checked, found on the host, or made from HEAD without touching the checkout.
import { git, isBranchName, query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { refuseSharedBranch } from "../folding/refs.ts";
import { quoted } from "../sync/plan.ts";
import { type BranchName, branchProblem, isPlainBranchName, notABranch } from "./names.ts";
import type { Repository } from "./repository.ts";

export interface Branch {
  name: BranchName;
  /** The commit it points to on the host. */
  oid: string;
  created: boolean;
}

/** The text of an argument as a branch's name; throws UserError (2). */
export async function parseBranch(ctx: Context, text: string): Promise<BranchName> {
  const problem = branchProblem(text);
  if (problem) throw notABranch(text, problem);
  if (!isPlainBranchName(text) && !(await isBranchName(ctx, text))) throw notABranch(text);
  return text as BranchName;
}

/**
 * The commit a branch of the host points to; undefined when there is no such branch. Not by `rev-parse`, which takes
 * a branch with the name "refs/heads/x" when there is no branch "x".
 */
export async function branchTip(
  ctx: Context,
  repo: Pick<Repository, "directory">,
  name: BranchName,
): Promise<string | undefined> {
  const ref = `refs/heads/${name}`;
  const found = await query(ctx, repo.directory, ["for-each-ref", "--format=%(objectname) %(refname)", ref]);
  // A folder of branches is listed too.
  const line = found.split("\n").find((one) => one.endsWith(` ${ref}`));
  return line?.slice(0, line.indexOf(" "));
}

/**
 * The branch on the host; a missing one is made from HEAD, with index and files left alone. `known`: its commit, when
 * that was asked for already.
 */
export async function resolveBranch(
  ctx: Context,
  repo: Repository,
  name: BranchName,
  known?: string,
): Promise<Branch> {
  const oid = known ?? (await branchTip(ctx, repo, name));
  if (oid !== undefined) return { name, oid, created: false };
  const head = await query(ctx, repo.directory, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  if (head === "") throw await nothingToBranchFrom(ctx, repo, name);
  return create(ctx, repo, name, head);
}

/** HEAD names a branch without a commit: of an empty repository, or of one whose other branches have some. */
async function nothingToBranchFrom(ctx: Context, repo: Repository, name: BranchName): Promise<UserError> {
  const newest = [
    "for-each-ref",
    "--count=1",
    "--sort=-committerdate",
    "--format=%(refname:strip=2)",
    "refs/heads",
  ];
  const other = await query(ctx, repo.directory, newest);
  if (other === "") {
    return new UserError(
      `The repository ${sanitize(repo.name)} has no commit yet, so there is nothing to branch from.`,
      { hint: "Make a first commit: git commit --allow-empty -m start", exit: EXIT.usage },
    );
  }
  const head = await query(ctx, repo.directory, ["symbolic-ref", "--quiet", "--short", "HEAD"]);
  return new UserError(
    `There is no branch "${sanitize(name)}", and it cannot be made from HEAD: "${sanitize(head)}" has no commit yet.`,
    { hint: `Make it from another one: git branch ${quoted(name)} ${quoted(other)}`, exit: EXIT.usage },
  );
}

/** Creates and never moves: the old value must be "does not exist". */
async function create(ctx: Context, repo: Repository, name: BranchName, oid: string): Promise<Branch> {
  const hint = "Name that one, or choose a name that differs in more than its spelling.";
  await refuseSharedBranch(ctx, repo, name, { hint, exit: EXIT.usage });
  const none = "0".repeat(oid.length);
  try {
    await git(ctx, repo.directory, [
      "update-ref",
      "-m",
      "branch: Created from HEAD",
      `refs/heads/${name}`,
      oid,
      none,
    ]);
    return { name, oid, created: true };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const meanwhile = await branchTip(ctx, repo, name);
    if (meanwhile !== undefined) return { name, oid: meanwhile, created: false };
    const other = await inTheWay(ctx, repo, name);
    const why = other ? `, because there is a branch "${sanitize(other)}"` : "";
    throw new UserError(`The branch "${sanitize(name)}" cannot be made${why}.`, {
      details: error.failure.stderrTail.split("\n").filter(Boolean),
      hint: "Choose another name; git cannot hold a branch and a folder of branches under one name.",
      cause: error,
      exit: EXIT.usage,
    });
  }
}

/** `feature` is in the way of `feature/x`, and the other way round. */
async function inTheWay(ctx: Context, repo: Repository, name: BranchName): Promise<string | undefined> {
  const parts = name.split("/");
  const above = parts.slice(0, -1).map((_, index) => `refs/heads/${parts.slice(0, index + 1).join("/")}`);
  const args = ["for-each-ref", "--format=%(refname)", ...above, `refs/heads/${name}/`];
  const found = (await query(ctx, repo.directory, args)).split("\n");
  const hit = found.find((ref) => above.includes(ref) || ref.startsWith(`refs/heads/${name}/`));
  return hit?.slice("refs/heads/".length);
}
