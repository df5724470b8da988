// What is unusual about a clone and not so in the workspace, in one line each.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import type { Repository } from "../workspace/repository.ts";
import { promisorsOf } from "./partial.ts";

/** None for a plain clone. `sparse`: the patterns of the host's checkout travel. */
export async function cloneNotes(ctx: Context, repo: Repository, sparse: boolean): Promise<string[]> {
  const ask = (args: string[]) => query(ctx, repo.directory, args);
  const isSparse =
    !sparse && (await ask(["config", "--type=bool", "--get", "core.sparseCheckout"])) === "true";
  const replaced = (await ask(["for-each-ref", "--count=1", "refs/replace/"])) !== "";
  const grafts = await stat(join(repo.commonDir, "info", "grafts")).catch(() => undefined);
  return [
    ...(repo.shallow ? [SHALLOW] : []),
    ...((await promisorsOf(ctx, repo)).length > 0 ? [PARTIAL] : []),
    ...(isSparse ? [SPARSE] : []),
    ...(replaced ? [REPLACED] : []),
    ...(grafts !== undefined && grafts.size > 0 ? [GRAFTED] : []),
  ];
}

const SHALLOW = "This repository is a shallow clone: the workspace has the same short history.";
const PARTIAL = "This repository is a partial clone: the workspace is a full one.";
const SPARSE =
  "This repository has a sparse checkout: the workspace has all files checked out (`--sparse` takes the patterns along).";
const REPLACED =
  "This repository has replacements (git replace): they stay here; the commits travel as they are.";
const GRAFTED =
  "This repository has grafts (.git/info/grafts): they stay here; the commits travel as they are.";
