// The submodules of one commit: what its `.gitmodules` says, by git's own parser, and which commits it records.
import { sizesOf } from "../../adapters/cat-file.ts";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { ToolError } from "../../errors.ts";
import { type Entry, judge, MAX_SUBMODULES, pathFault, type Submodule, type Unfit } from "./rules.ts";

export interface Declared {
  submodules: Submodule[];
  unfit: Unfit[];
  /** `.gitmodules` itself is not here, as in a partial clone. */
  lacks?: true;
}

const FILE = ".gitmodules";
const NONE: Declared = { submodules: [], unfit: [] };
const MAX_BYTES = 1024 * 1024;
/** Nothing replaces an object, a partial clone gets none from its remote, and a path is a path (`:(glob)x`). */
const ENVIRONMENT = {
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_ALLOW_PROTOCOL: "none",
  GIT_LITERAL_PATHSPECS: "1",
};

/**
 * The submodules that a commit of a repository has, one call of git for one that has none. Whatever is wrong with the
 * file is told in `unfit`; nothing in it is given to git as an argument but paths by the rule.
 */
export async function declaredIn(ctx: Context, directory: string, commit: string): Promise<Declared> {
  const found = await treeOf(ctx, directory, commit, [FILE]).catch(unlessAnswered);
  if (found === undefined) return LACKS;
  const [file] = found;
  if (file === undefined) return NONE;
  if (file.type !== "blob" || file.mode === "120000") return unfit("it is not a plain file");
  const sizes = await sizesOf(ctx, directory, [file.oid], "blob").catch(unlessAnswered);
  const bytes = sizes?.get(file.oid);
  if (bytes === undefined) return LACKS;
  if (bytes > MAX_BYTES) return unfit("it is too large");
  const entries = await entriesOf(ctx, directory, file.oid);
  if (entries === undefined) return unfit("git cannot read it");
  if (entries.length > MAX_SUBMODULES) return unfit("it names too many");
  const paths = entries.flatMap(({ path }) =>
    path === undefined || pathFault(path) !== undefined ? [] : [path],
  );
  const tree = paths.length === 0 ? [] : await treeOf(ctx, directory, commit, paths);
  return judge(entries, new Map(tree.flatMap((one) => (one.type === "commit" ? [[one.path, one.oid]] : []))));
}

const unfit = (why: string): Declared => ({ submodules: [], unfit: [{ name: FILE, why }] });
const LACKS: Declared = { ...unfit("it is not here"), lacks: true };

/** git said no, as of an object that a partial clone would have to fetch. */
export function unlessAnswered(error: unknown): undefined {
  if (error instanceof ToolError && error.failure.code !== undefined) return undefined;
  throw error;
}

interface InTree {
  mode: string;
  type: string;
  oid: string;
  path: string;
}

async function treeOf(
  ctx: Context,
  directory: string,
  commit: string,
  paths: readonly string[],
): Promise<InTree[]> {
  const args = ["ls-tree", "-z", "--full-tree", commit, "--", ...paths];
  const { stdout } = await git(ctx, directory, args, { env: ENVIRONMENT });
  return stdout.split("\0").flatMap((record) => {
    const [, mode = "", type = "", oid = "", path = ""] =
      /^(\d+) (\w+) ([0-9a-f]+)\t(.*)$/s.exec(record) ?? [];
    return oid === "" ? [] : [{ mode, type, oid, path }];
  });
}

/** The sections in the order of the file; undefined when git cannot read it. */
async function entriesOf(ctx: Context, directory: string, blob: string): Promise<Entry[] | undefined> {
  const args = ["config", "--no-includes", `--blob=${blob}`, "-z", "--list"];
  const listed = await git(ctx, directory, args, { env: ENVIRONMENT }).catch(unlessAnswered);
  return listed && parseEntries(listed.stdout);
}

/** `git config -z --list` writes "key LF value NUL"; keys are lower case but for the name. */
export function parseEntries(list: string): Entry[] {
  const found = new Map<string, Entry>();
  for (const record of list.split("\0")) {
    const [full = "", ...lines] = record.split("\n");
    const [, name, key] = /^submodule\.(.*)\.([a-z0-9-]+)$/.exec(full) ?? [];
    if (name === undefined) continue;
    const entry = found.get(name) ?? { name, path: undefined, url: undefined, twice: false };
    found.set(name, entry);
    const value = lines.join("\n");
    if (key === "url") entry.url = value;
    if (key !== "path") continue;
    entry.twice ||= entry.path !== undefined && entry.path !== value;
    entry.path = value;
  }
  return [...found.values()];
}
