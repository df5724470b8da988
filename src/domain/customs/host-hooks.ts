// The hooks of this host that lie outside of its work trees, and what they call there.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { type Here, inTree, tilde } from "./in-tree.ts";

const MAX_HOOK = 64 * 1024;

export interface Hook {
  path: string;
  text: string;
}

/** `paths`: values of core.hooksPath. */
export function hooksOf({ home, commonDir }: Here, paths: readonly string[]): Hook[] {
  const others = paths.map((value) => tilde(value, home));
  return [join(commonDir, "hooks"), ...others.filter(isAbsolute)].flatMap((directory) =>
    filesOf(directory)
      .filter((name) => !name.endsWith(".sample"))
      .map((name) => join(directory, name))
      .map((path) => ({ path, text: beginning(path) })),
  );
}

/** Paths with a directory, also behind a variable or a substitution, and names of scripts. */
const PATH_WORD =
  /(?<![\w.@+~-])(?:(?<=\$)\w+\/|(?<=[)}"'])\/)?(?<path>~?[\w.@+-]*(?:\/[\w.@+-]+)+|[\w-]+\.(?:sh|bash|zsh|py|rb|pl|[cm]?[jt]s)\b)/g;

/** Files of the work tree that a hook of this host is, by a link, or calls. */
export function namedByHook({ path, text }: Hook, here: Here): string[] {
  const words = [...text.matchAll(PATH_WORD)].map((match) => match.groups?.["path"] ?? "");
  return [path, linked(path), ...new Set(words)].flatMap((word) =>
    inTree(word, here, "").filter((one) => !GIT_DIR.test(one)),
  );
}

/** Also where nothing lies yet, as while another branch is checked out. */
function linked(path: string): string {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return path;
  }
}

/** What lies there is never in a commit. */
const GIT_DIR = /^\.git(\/|$)/;

function filesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function beginning(file: string): string {
  try {
    return readFileSync(file, "latin1").slice(0, MAX_HOOK);
  } catch {
    return "";
  }
}
