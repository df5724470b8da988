// What the host knows of the repository around the user without changing anything or asking the VM.
import { resolve } from "node:path";
import { git } from "../../adapters/git.ts";
import type { Lean } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { isRepositoryId } from "./identity.ts";
import { branchProblem } from "./names.ts";
import { listWorkspaces, type Workspace } from "./registry.ts";
import { repositoryName } from "./repository.ts";

const HEADS = "refs/heads/";

/** More than anybody chooses from. */
const MOST_BRANCHES = 5000;

/** A name that can be shown and typed as it is: one that hides something is left for who types it on purpose. */
const isPlain = (name: string): boolean =>
  branchProblem(name) === undefined && sanitize(name, Number.POSITIVE_INFINITY) === name;

/** The branches of the repository around the user; none when there is no repository. */
export async function hostBranches(ctx: Lean): Promise<string[]> {
  const args = [
    "for-each-ref",
    `--count=${MOST_BRANCHES}`,
    "--format=%(refname)",
    "--sort=refname",
    "refs/heads",
  ];
  const { code, stdout } = await git(ctx, here(ctx), args, { ok: "any" });
  const names = stdout.split("\n").map((ref) => ref.slice(HEADS.length));
  return code === 0 ? names.filter(isPlain) : [];
}

/** The repository's id, when it has one already. */
export async function knownId(ctx: Lean): Promise<string | undefined> {
  const { stdout } = await git(ctx, here(ctx), ["config", "--get", "agent-vm.id"], { ok: "any" });
  const id = stdout.trim();
  return isRepositoryId(id) ? id : undefined;
}

/** The workspaces of the repository around the user; the newest last. */
export async function hereWorkspaces(ctx: Lean): Promise<Workspace[]> {
  const [id, all] = await Promise.all([knownId(ctx), listWorkspaces(ctx)]);
  return all.filter((one) => one.repoId === id && isPlain(one.branch));
}

/** What a command that makes a workspace would find around the user. */
export interface Surroundings {
  name: string;
  /** There is a commit to branch from. */
  begun: boolean;
  /** The branch that is checked out. */
  branch: string | undefined;
}

/** Undefined where there is no repository with files to work on. */
export async function lookAround(ctx: Lean): Promise<Surroundings | undefined> {
  const ask = (...args: string[]) => git(ctx, here(ctx), args, { ok: "any" });
  const [where, head, branch] = await Promise.all([
    ask("rev-parse", "--is-bare-repository", "--path-format=absolute", "--git-common-dir"),
    ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}"),
    ask("symbolic-ref", "--quiet", "HEAD"),
  ]);
  const [bare, ...path] = where.stdout.replace(/\n$/, "").split("\n");
  if (where.code !== 0 || bare !== "false") return undefined;
  const ref = branch.stdout.trim();
  return {
    name: repositoryName(path.join("\n")),
    begun: head.code === 0,
    branch: ref.startsWith(HEADS) ? ref.slice(HEADS.length) : undefined,
  };
}

const here = (ctx: Lean): string => resolve(ctx.cwd, ctx.flags.repo ?? ".");
