// The record of a save before anything of it has come.
import type { Context } from "../../../../context.ts";
import { newSaveId } from "../../../vault/records.ts";
import type { Save } from "../../../vault/save.ts";
import type { Snapshot } from "../take-snapshot.ts";
import type { ToSave } from "./what.ts";

export function describe(ctx: Context, what: ToSave, snapshot: Snapshot): Save {
  const now = new Date();
  return {
    version: 1,
    id: newSaveId(ctx, what.repo.id, now),
    why: what.why,
    time: now.toISOString(),
    vm: ctx.paths.vm,
    ...(what.repo.id !== undefined && { repoId: what.repo.id }),
    repoName: what.workspace.repoName,
    branch: what.workspace.branch,
    dir: what.workspace.dir,
    ...(what.mark !== undefined && { mark: what.mark }),
    head: {
      ...(snapshot.on !== undefined && { on: snapshot.on }),
      ...(snapshot.head !== undefined && { oid: snapshot.head }),
    },
    refs: snapshot.refs,
    ...(snapshot.large.length > 0 && { large: snapshot.large }),
    stashes: snapshot.stashes,
    files: [],
    bundled: false,
    regenerable: snapshot.regenerable,
  };
}
