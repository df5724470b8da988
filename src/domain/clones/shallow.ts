// Shallow clones: where their history ends, for a workspace that ends at the same commits.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import type { Repository } from "../workspace/repository.ts";

/** Whether the history of a repository of the host ends before its beginning. */
export const isShallow = ({ commonDir }: Pick<Repository, "commonDir">): boolean =>
  existsSync(join(commonDir, "shallow"));

/** The commits at which the history of `tips` ends here although they have parents; none for a whole clone. */
export async function shallowRoots(
  ctx: Context,
  repo: Pick<Repository, "shallow" | "commonDir" | "directory">,
  tips: readonly string[],
): Promise<string[]> {
  if (!repo.shallow) return [];
  const ends = new Set((await readFile(join(repo.commonDir, "shallow"), "latin1")).split("\n"));
  const input = tips.map((oid) => `${oid}\n`).join("");
  const { stdout } = await git(ctx, repo.directory, ["rev-list", "--max-parents=0", "--stdin"], { input });
  return stdout.split("\n").filter((oid) => oid !== "" && ends.has(oid));
}

/**
 * How references are to be pushed from a shallow repository: git's receiving side ends without an answer when two of
 * them need the same new end of the history, so each goes alone. Tags reach nothing that a branch has not brought.
 */
export function oneByOne<T extends { ref: string }>(all: readonly T[]): T[][] {
  const tags = all.filter(({ ref }) => ref.startsWith("refs/tags/"));
  const alone = all.filter((one) => !tags.includes(one)).map((one) => [one]);
  return tags.length > 0 ? [...alone, tags] : alone;
}
