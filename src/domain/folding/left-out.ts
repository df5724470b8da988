// What a fetch of all branches leaves out where two of them would be one file of the host's repository.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { bytesOf } from "../sync/names-of-refs.ts";
import { textOf } from "../sync/parse.ts";
import { typed } from "../sync/plan.ts";
import { parseBranch } from "../workspace/branch.ts";
import type { Repository } from "../workspace/repository.ts";
import { refsFold } from "./refs.ts";
import { sharedNames } from "./shared-names.ts";

/** More is no work of people, and git would take no longer line. */
const MOST = 1000;
const TOLD = 10;

/**
 * As refspecs: of the branches that would be one file all but the first, `own` before any other. `names` are the
 * guest's. What is left out is told. Throws UserError (4) when that is too much.
 */
export async function withoutShared(
  ctx: Context,
  { commonDir }: Pick<Repository, "commonDir">,
  { own, names }: { own: string; names: readonly string[] },
): Promise<string[]> {
  if (names.length < 2 || !refsFold(commonDir)) return [];
  const taken = sharedNames([bytesOf(own)]);
  const left: { name: string; other: string }[] = [];
  for (const name of names) {
    const [other] = taken.sharing(bytesOf(name));
    if (other === undefined) taken.add(bytesOf(name));
    else left.push({ name, other: textOf(other) });
  }
  if (left.length > MOST) throw tooMany(left.length);
  for (const { name, other } of left.slice(0, TOLD)) ctx.out.warn(leftOut(name, other));
  if (left.length > TOLD) ctx.out.warn(`So were ${left.length - TOLD} more.`);
  const refspecs: string[] = [];
  for (const { name } of left) refspecs.push(`^refs/heads/${await parseBranch(ctx, name)}`);
  return refspecs;
}

const leftOut = (name: string, other: string): string =>
  `The branch ${sanitize(name)} was left out: on this disk it would be one file or folder with ${sanitize(other)}. It comes with --from ${typed(name) ?? "<its name>"} --as <another name>.`;

const tooMany = (count: number): UserError =>
  new UserError(
    `${count} branches of the workspace would be one file with another one on this disk; nothing was fetched.`,
    {
      hint: "Fetch those that you want by name: agent-vm fetch <branch> --from <name> --as <another name>",
      exit: EXIT.refused,
    },
  );
