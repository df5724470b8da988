// Whether anything changed on the host that a verdict hangs on, found without a program: the times of a few directories.
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Context } from "../../context.ts";
import { syncedRef } from "../sync/names-of-refs.ts";
import type { Question } from "../workspace/describe.ts";

/** Another text when references of the workspaces' branches, or the map of workspaces, changed. */
export async function hostMark(ctx: Pick<Context, "paths">, question: Question): Promise<string> {
  const paths = new Set([ctx.paths.workspaces]);
  for (const [id, { directory }] of question.places) {
    for (const name of ["packed-refs", "reftable/tables.list"]) paths.add(join(directory, name));
    for (const one of question.asked.filter((asked) => asked.repoId === id)) {
      // git moves a reference's new file into its place, so the directory's time tells.
      for (const ref of [`refs/heads/${one.branch}`, syncedRef(one)])
        paths.add(join(directory, dirname(ref)));
    }
  }
  const times = await Promise.all(
    [...paths].map((path) =>
      stat(path, { bigint: true }).then(
        (found) => found.mtimeNs,
        () => 0n,
      ),
    ),
  );
  return times.join(" ");
}
