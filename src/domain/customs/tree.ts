// What of the tree that the host's branch would have says more about its changes: links, and other spellings of names.
import { gitWords } from "../../adapters/git-words.ts";
import type { Context } from "../../context.ts";
import { ToolError } from "../../errors.ts";
import { kept } from "../../io/kept.ts";
import { LINK } from "./file-rules.ts";
import { type Spellings, spellings } from "./odd-names.ts";
import { readLinks } from "./read-content.ts";

export interface Tree {
  /** Links of the tree, paths and targets as bytes. */
  links: ReadonlyMap<string, string>;
  /** See Spellings. */
  other: Spellings["other"];
}

/** They are followed all at once; a real tree has not nearly as many. */
const MAX_LINKS = 200_000;

/** Held are the links alone, however many files there are. Throws ToolError when there are too many. */
export async function readTree(ctx: Context, directory: string, tip: string): Promise<Tree> {
  const { take, other } = spellings();
  const links: { path: string; oid: string }[] = [];
  const args = ["ls-tree", "-r", "-z", "--full-tree", tip];
  for await (const entries of gitWords(ctx, directory, args, { env: { GIT_NO_REPLACE_OBJECTS: "1" } })) {
    for (const entry of entries) {
      // An entry is "mode type id" TAB path.
      const path = entry.slice(entry.indexOf("\t") + 1);
      take(path);
      if (entry.startsWith(LINK))
        links.push({ path: kept(path), oid: kept(entry.split(/[ \t]/, 3)[2] ?? "") });
    }
    if (links.length > MAX_LINKS) throw tooMany();
  }
  return { links: await readLinks(ctx, directory, links), other };
}

const tooMany = (): ToolError =>
  new ToolError({
    argv: ["git", "ls-tree"],
    code: undefined,
    stderrTail: `the tree has more than ${MAX_LINKS} links`,
    reason: "told more than is read of it",
  });
