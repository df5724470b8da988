// The large files that commits name: pointers found by the size of files, whatever the attributes say, as git-lfs does.
import { readObjects, sizesOf } from "../../adapters/cat-file.ts";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { LONGEST, type Pointer, parsePointer, SHORTEST } from "./pointer.ts";

/** Nothing is got from a remote to answer. */
const ENVIRONMENT = { GIT_NO_REPLACE_OBJECTS: "1", GIT_ALLOW_PROTOCOL: "none" };
const SMALL = ["--missing=allow-any", `--filter=blob:limit=${LONGEST + 1}`] as const;

const lines = (words: readonly string[]): string => words.map((word) => `${word}\n`).join("");

export interface Named extends Pointer {
  /** A path at which it stands; not cleaned. */
  path: string;
}

/** The pointers in the trees of commits, each content once. Three questions to git, however many commits there are. */
export async function pointersOf(
  ctx: Context,
  directory: string,
  commits: readonly string[],
): Promise<Named[]> {
  if (commits.length === 0) return [];
  return listed(ctx, directory, ["--no-walk=unsorted", "--stdin"], commits);
}

/** The pointers that commits bring which those of `not`, options of git that name references, have not. */
export const pointersNewTo = (
  ctx: Context,
  directory: string,
  tips: readonly string[],
  not: readonly string[],
): Promise<Named[]> => listed(ctx, directory, ["--stdin", ...not], tips);

async function listed(
  ctx: Context,
  directory: string,
  options: readonly string[],
  commits: readonly string[],
): Promise<Named[]> {
  const args = ["rev-list", "--objects", ...SMALL, ...options];
  const { stdout } = await git(ctx, directory, args, { input: lines(commits), env: ENVIRONMENT });
  // Lines are "oid", "oid " for a tree at the top, or "oid path".
  const rows = stdout.split("\n").filter(Boolean);
  const paths = new Map(rows.map((row) => [row.split(" ", 1)[0] ?? "", row.slice(row.indexOf(" ") + 1)]));
  const found = await pointersAmong(ctx, directory, [...paths.keys()]);
  const named = [...found].map(([blob, pointer]) => ({ ...pointer, path: paths.get(blob) ?? "" }));
  return [...new Map(named.map((one) => [one.oid, one])).values()];
}

/** Those of the objects that are pointers, by the object's id. */
export async function pointersAmong(
  ctx: Context,
  directory: string,
  objects: readonly string[],
): Promise<Map<string, Pointer>> {
  const found = new Map<string, Pointer>();
  if (objects.length === 0) return found;
  const sizes = await sizesOf(ctx, directory, objects, "blob");
  const small = [...sizes].filter(([, size]) => size >= SHORTEST && size <= LONGEST);
  const oids = small.map(([oid]) => oid);
  await readObjects(ctx, directory, oids, (oid, bytes) => {
    const pointer = parsePointer(bytes);
    if (pointer) found.set(oid, pointer);
  });
  return found;
}

/** Commits reachable from the first and from none of the others; those that are not here do not count. */
export async function commitsBetween(
  ctx: Context,
  directory: string,
  tip: string,
  not: readonly string[],
): Promise<string[]> {
  const known = [...(await sizesOf(ctx, directory, not, "commit")).keys()];
  const args = ["rev-list", tip, "--not", ...known, "--"];
  const { stdout } = await git(ctx, directory, args, { env: ENVIRONMENT });
  return stdout.split("\n").filter(Boolean);
}
