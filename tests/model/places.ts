// Where the files of a repository lie, and where git's own: those of a submodule are below its superproject's.
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The one submodule that a repository of a model may have, by its name and path; the one inside of it is called the same. */
export const SUBMODULE = "lib";

/** The submodule's own git directory, whether its files are there or not. */
const moduleOf = (superproject: string): string => join(gitDirOf(superproject), "modules", SUBMODULE);

/** True for the git directory of a submodule: git would look for its files, which may be gone. */
export const isModule = (directory: string): boolean => directory.includes("/.git/modules/");

export function gitDirOf(directory: string): string {
  if (isModule(directory)) return directory;
  const own = join(directory, ".git");
  if (!lstatSync(own, { throwIfNoEntry: false })?.isFile()) return own;
  const [, named = "."] = /^gitdir: (.*)\n$/.exec(readFileSync(own, "latin1")) ?? [];
  return resolve(directory, named);
}

export const isRepository = (directory: string): boolean => existsSync(join(gitDirOf(directory), "HEAD"));

/** The submodule's files where it is checked out, else its git directory; undefined where it never was. */
export function submoduleOf(superproject: string): string | undefined {
  const files = join(superproject, SUBMODULE);
  const own = moduleOf(superproject);
  if (existsSync(join(files, ".git")) && gitDirOf(files) === own) return files;
  return existsSync(join(own, "HEAD")) ? own : undefined;
}

/** Every submodule below, the outer one first: its path → its files where it is checked out, else its git directory. */
export function submodulesOf(top: string): Map<string, string> {
  const found = new Map<string, string>();
  let path = SUBMODULE;
  for (let at = submoduleOf(top); at !== undefined; at = submoduleOf(at)) {
    found.set(path, at);
    path = `${path}/${SUBMODULE}`;
  }
  return found;
}
