// What a fetch of all branches leaves out where two of them would be one file of the host's repository.
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { bytesOf } from "../sync/names-of-refs.ts";
import { textOf } from "../sync/parse.ts";
import { typed } from "../sync/plan.ts";
import { parseBranch } from "../workspace/branch.ts";
import type { Repository } from "../workspace/repository.ts";
import { refsFold } from "./refs.ts";
import { sharing } from "./shared-names.ts";

/**
 * As refspecs: of the branches that would be one file all but the first, `own` before any other. `names` are the
 * guest's. What is left out is told.
 */
export async function withoutShared(
  ctx: Context,
  { commonDir }: Pick<Repository, "commonDir">,
  { own, names }: { own: string; names: readonly string[] },
): Promise<string[]> {
  if (names.length < 2 || !refsFold(commonDir)) return [];
  const taken = [bytesOf(own)];
  const refspecs: string[] = [];
  for (const name of names) {
    const [other] = sharing(bytesOf(name), taken);
    if (other === undefined) {
      taken.push(bytesOf(name));
      continue;
    }
    refspecs.push(`^refs/heads/${await parseBranch(ctx, name)}`);
    const how = `--from ${typed(name) ?? "<its name>"} --as <another name>`;
    ctx.out.warn(
      `The branch ${sanitize(name)} was left out: on this disk it would be one file or folder with ${sanitize(textOf(other))}. It comes with ${how}.`,
    );
  }
  return refspecs;
}
