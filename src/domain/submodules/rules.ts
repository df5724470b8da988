// Which of the submodules that a commit declares are taken as they are called; `.gitmodules` is a stranger's. Pure.

/** What `.gitmodules` says of one name; what it does not say is undefined. */
export interface Entry {
  name: string;
  path: string | undefined;
  url: string | undefined;
  /** It has two paths, of which git takes one here and the other there. */
  twice: boolean;
}

/** A submodule of a commit. Name and path are safe as parts of a path below a git directory or a work tree. */
export interface Submodule {
  name: string;
  /** In the work tree of the repository that declares it, with "/". */
  path: string;
  /** As it is written there: to be resolved (urls.ts), never to be given to git on the host. */
  url: string | undefined;
  /** The commit that is recorded. */
  oid: string;
}

/** A declared submodule that nobody follows: a name or path to show, and why. */
export interface Unfit {
  name: string;
  why: string;
}

const MAX_NAME = 200;
const MAX_PATH = 1000;
/** More is no work of people. */
export const MAX_SUBMODULES = 1000;

/**
 * The submodules among the entries. `links` are the commit's own gitlinks by path: what it does not record, like a
 * section that is left over, is nothing at all. Two that would share a place are both left out, and one that would lie
 * inside another's git directory (git: CVE-2019-1387).
 */
export function judge(
  entries: readonly Entry[],
  links: ReadonlyMap<string, string>,
): { submodules: Submodule[]; unfit: Unfit[] } {
  const unfit: Unfit[] = [];
  const fit: Submodule[] = [];
  for (const { name, path, url, twice } of entries) {
    const oid = path === undefined ? undefined : links.get(path);
    const why = twice ? "it has two paths" : pathFault(path);
    const named = oid === undefined ? undefined : nameFault(name);
    if (why !== undefined || named !== undefined) unfit.push({ name, why: why ?? named ?? "" });
    else if (path !== undefined && oid !== undefined) fit.push({ name, path, url, oid });
  }
  const places = {
    exact: countOf(fit.map((one) => one.path)),
    paths: countOf(fit.map((one) => folded(one.path))),
    names: countOf(fit.map((one) => folded(one.name))),
  };
  const submodules = fit.filter((one) => {
    const why = sharedPlace(one, places);
    if (why !== undefined) unfit.push({ name: one.name, why });
    return why === undefined;
  });
  return { submodules, unfit };
}

function sharedPlace(
  { name, path }: Submodule,
  { exact, paths, names }: Record<"exact" | "paths" | "names", ReadonlyMap<string, number>>,
): string | undefined {
  if ((exact.get(path) ?? 0) > 1) return "another name has the same path";
  if ((paths.get(folded(path)) ?? 0) > 1)
    return "another one's path differs from its own in nothing but case";
  if ((names.get(folded(name)) ?? 0) > 1) return "another name differs from it in nothing but case";
  const above = parentsOf(folded(name)).some((one) => names.has(one));
  return above ? "its name lies inside another one's git directory" : undefined;
}

/** Why a name cannot be a directory below `modules/`; undefined when it can. */
export function nameFault(name: string): string | undefined {
  if (name.length > MAX_NAME) return "its name is too long";
  return partsFault(name, "name");
}

/** Why a path cannot be a directory of a work tree; undefined when it can. A section without one declares nothing. */
export function pathFault(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  if (path.length > MAX_PATH) return "its path is too long";
  return partsFault(path, "path");
}

// What git and file systems drop or fold: ".GIT", "git~1", trailing dots and spaces, invisible characters of HFS+.
const DOT_GIT = /^(?:\.git|git~\d+)[. ]*(?::.*)?$/i;
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029\ufffd]/u;

function partsFault(text: string, what: "name" | "path"): string | undefined {
  if (text === "") return `its ${what} is empty`;
  if (UNSEEN.test(text)) return `its ${what} has characters that nobody sees`;
  if (text.startsWith("-")) return `its ${what} would be taken for an option`;
  if (text.includes("\\")) return `its ${what} has a backslash`;
  if (/^[A-Za-z]:/.test(text)) return `its ${what} begins with a drive's letter`;
  const parts = text.split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    return `its ${what} is not a plain relative one`;
  return parts.some((part) => DOT_GIT.test(part)) ? `its ${what} leads into a git directory` : undefined;
}

/** Where names meet on file systems that do not tell case or the forms of Unicode apart. */
const folded = (text: string): string => text.normalize("NFC").toLowerCase();

/** "a/b/c" → "a/b", "a". */
function parentsOf(name: string): string[] {
  const parts = name.split("/");
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("/"));
}

function countOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
