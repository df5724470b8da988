// Where the host's own clone of a submodule lies; nothing that a link leads to is taken.
import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { sizesOf } from "../../adapters/cat-file.ts";
import { namedSubmodule, query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import type { Repository } from "../workspace/repository.ts";
import { unlessAnswered } from "./declared.ts";
import type { Submodule } from "./rules.ts";

/** A repository of the host that may have clones of submodules. */
export interface Holder {
  /** Git directories, absolute: below their `modules/` git keeps the clones. */
  gitDirs: readonly string[];
  /** The top of its work tree; undefined when there is none. */
  worktree: string | undefined;
}

/** The host's clone of a submodule, itself a place for more of them. */
export interface Clone extends Holder {
  /** Where git is asked; given to git with its work tree left out of it. */
  gitDir: string;
}

/** The repository that the command is about, as a holder. A linked worktree has clones of its own. */
export async function holderOf(ctx: Context, repo: Repository): Promise<Holder> {
  const args = ["rev-parse", "--path-format=absolute", "--git-dir", "--show-toplevel"];
  const [gitDir = repo.commonDir, worktree] = (await query(ctx, repo.directory, args)).split("\n");
  return { gitDirs: [...new Set([gitDir, repo.commonDir])], worktree };
}

/**
 * The clone that has the recorded commit, else any, else undefined: of a populated one its git directory, then
 * `modules/<name>`; never that of a submodule with another name, whose path a branch may use. `has` tells whether the
 * commit is there.
 */
export async function hostCloneOf(
  ctx: Context,
  holder: Holder,
  { name, path, oid }: Pick<Submodule, "name" | "path" | "oid">,
): Promise<{ clone: Clone; has: boolean } | undefined> {
  const worktree = await directoryBelow(holder.worktree, path);
  const kept = await Promise.all(holder.gitDirs.map((gitDir) => directoryBelow(gitDir, `modules/${name}`)));
  const populated = worktree === undefined ? undefined : await gitDirOf(worktree, kept);
  const found = [...new Set([populated, ...kept])].filter((place) => place !== undefined);
  let first: { clone: Clone; has: boolean } | undefined;
  for (const place of found) {
    if (!(await isPlain(join(place, "objects"), "directory"))) continue;
    const gitDir = namedSubmodule(place);
    const clone = { gitDir, gitDirs: [gitDir], worktree: place === populated ? worktree : undefined };
    const sizes = await sizesOf(ctx, gitDir, [oid], "commit").catch(unlessAnswered);
    const has = sizes?.has(oid) ?? false;
    if (has) return { clone, has };
    first ??= { clone, has };
  }
  return first;
}

/** The git directories of all clones that a repository keeps below `modules/`, its linked worktrees' and those inside of clones too. */
export async function allClonesOf(commonDir: string): Promise<string[]> {
  const worktrees = await directoriesIn(join(commonDir, "worktrees"));
  const found = await Promise.all([commonDir, ...worktrees].map((one) => clonesBelow(join(one, "modules"))));
  return found.flat();
}

/** Names with "/" are directories above directories. */
async function clonesBelow(directory: string): Promise<string[]> {
  const found = await Promise.all(
    (await directoriesIn(directory)).map(async (place) =>
      (await isPlain(join(place, "objects"), "directory")) && (await isPlain(join(place, "HEAD"), "file"))
        ? [place, ...(await clonesBelow(join(place, "modules")))]
        : clonesBelow(place),
    ),
  );
  return found.flat();
}

async function directoriesIn(directory: string): Promise<string[]> {
  const all = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return all.flatMap((one) => (one.isDirectory() ? [join(directory, one.name)] : []));
}

/** A directory below another one by a checked path, when no part of the way is a link. */
async function directoryBelow(top: string | undefined, path: string): Promise<string | undefined> {
  if (top === undefined) return undefined;
  let at = top;
  for (const part of path.split("/")) {
    at = join(at, part);
    if (!(await isPlain(at, "directory"))) return undefined;
  }
  return at;
}

/**
 * The git directory of a populated submodule: a directory `.git`, or the place that a file `.git` names, which must be
 * one of its own places: no other repository of the host passes for the submodule.
 */
async function gitDirOf(
  worktree: string,
  places: readonly (string | undefined)[],
): Promise<string | undefined> {
  const place = join(worktree, ".git");
  if (await isPlain(place, "directory")) return place;
  if (!(await isPlain(place, "file"))) return undefined;
  const [, named] = /^gitdir: (.+?)\n*$/s.exec((await readFile(place, "utf8")).slice(0, MAX_LINE)) ?? [];
  if (named === undefined) return undefined;
  const real = await realpath(resolve(worktree, named)).catch(() => undefined);
  const own = await Promise.all(places.map(async (one) => one && realpath(one).catch(() => undefined)));
  return real !== undefined && own.includes(real) ? real : undefined;
}

const MAX_LINE = 10_000;

const isPlain = (path: string, kind: "directory" | "file"): Promise<boolean> =>
  lstat(path).then(
    (found) => (kind === "directory" ? found.isDirectory() : found.isFile()),
    () => false,
  );
