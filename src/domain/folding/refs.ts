// Branches that are one file in a repository whose disk does not tell their spellings apart.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { type ExitCode, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { fold } from "../customs/odd-names.ts";
import { bytesOf } from "../sync/names-of-refs.ts";
import { textOf } from "../sync/parse.ts";
import type { Repository } from "../workspace/repository.ts";
import { foldsNames } from "./disk.ts";
import { sharedNames } from "./shared-names.ts";

/** Whether the references of the repository are files on such a disk. */
export const refsFold = (commonDir: string): boolean =>
  foldsNames(commonDir, "config") && !existsSync(join(commonDir, "reftable"));

/** Whether two names are one reference there. */
export const areOneRef = (commonDir: string, one: string, other: string): boolean =>
  one !== other && fold(bytesOf(one)) === fold(bytesOf(other)) && refsFold(commonDir);

type Place = Pick<Repository, "directory" | "commonDir">;

/**
 * Throws UserError when the branch, which is to be made, would be one file or folder with another: git would read the
 * one's commit by the other's name, or put the one over the other.
 */
export async function refuseSharedBranch(
  ctx: Context,
  { directory, commonDir }: Place,
  name: string,
  { hint, exit }: { hint: string; exit: ExitCode },
): Promise<void> {
  if (!refsFold(commonDir)) return;
  const args = ["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"];
  const { stdout } = await git(ctx, directory, args, { encoding: "latin1" });
  const [other] = sharedNames(stdout.split("\n")).sharing(bytesOf(name));
  if (other === undefined) return;
  const message = `The branch "${sanitize(name)}" cannot be made: on this disk it would be one file or folder with "${sanitize(textOf(other))}".`;
  throw new UserError(message, { hint, exit });
}

/** The references among `there`, names as bytes, that give way to the `wanted`, because they would be one file or folder with them. */
export function givingWay(
  commonDir: string,
  wanted: readonly string[],
  there: readonly string[],
): ReadonlySet<string> {
  if (there.length === 0 || !refsFold(commonDir)) return new Set();
  const { sharing } = sharedNames(there);
  return new Set(wanted.flatMap(sharing));
}
