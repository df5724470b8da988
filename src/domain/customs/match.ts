// The patterns of the rules, as regular expressions over folded paths. Pure.

const SPECIAL = /[.+^$()|[\]\\?]/g;

/** See Rule.paths. */
export function patternOf(globs: readonly string[]): RegExp {
  return new RegExp(`^(?:${globs.map(sourceOf).join("|")})$`, "s");
}

/** For a link: as what stands above the paths that the patterns name, it says what they are. */
export const aboveOf = (globs: readonly string[]): RegExp =>
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
