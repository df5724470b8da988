// The patterns of the rules, as regular expressions over folded paths. Pure.

const SPECIAL = /[.+^$()|[\]\\?]/g;

export interface Pattern {
  /** Takes a folded path. */
  test(path: string): boolean;
}

/** A name at any depth: the last name of a path is enough to tell, and that is quick. */
const ANY_DEPTH = /^\*\*\/([^/]+)$/;

/** See Rule.paths. */
export function patternOf(globs: readonly string[]): Pattern {
  const names = globs.flatMap((glob) => ANY_DEPTH.exec(glob)?.[1] ?? []);
  const rooted = globs.filter((glob) => !ANY_DEPTH.test(glob));
  const [last, whole] = [oneOf(names), oneOf(rooted)];
  return {
    test: (path) => last?.test(path.slice(path.lastIndexOf("/") + 1)) === true || whole?.test(path) === true,
  };
}

const oneOf = (globs: readonly string[]): RegExp | undefined =>
  globs.length === 0 ? undefined : new RegExp(`^(?:${globs.map(sourceOf).join("|")})$`, "s");

/** For a link: as what stands above the paths that the patterns name, it says what they are. */
export const aboveOf = (globs: readonly string[]): Pattern =>
  patternOf(
    globs.flatMap((glob) => {
      const names = glob.replace(/\/$/, "").split("/");
      if (glob.startsWith("**")) return [];
      return names.slice(0, -1).map((_, index) => names.slice(0, index + 1).join("/"));
    }),
  );

function sourceOf(glob: string): string {
  return glob
    .toLowerCase()
    .replace(SPECIAL, "\\$&")
    .replaceAll(/\{([^{}]*)\}/g, (_, words: string) => `(?:${words.replaceAll(",", "|")})`)
    .replaceAll(/\*\*\/|\*\*|\*|\/$/g, (part) => PARTS[part] ?? "");
}

/** The last is what stands at the end of "dir/": all below it, and a link or file in its place. */
const PARTS: Record<string, string> = { "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "/": "(?:/.*)?" };
