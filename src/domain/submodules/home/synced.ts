// Which commit of a submodule both sides had last: what tells history that was rewritten from history that diverged.
import { namedSubmodule } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { bytesOf, listRefs, updateRefs } from "../../sync/mirror.ts";
import { contains } from "../../sync/relation.ts";
import { allClonesOf } from "../host-clone.ts";
import { type Home, inClone, syncedRefIn } from "./names.ts";
import { dropSpare } from "./receive.ts";

/** `branch` is that of the workspace. Undefined when they never were in step. */
export async function lastSynced(ctx: Context, home: Home, branch: string): Promise<string | undefined> {
  const ref = syncedRefIn(home, branch);
  return (await listRefs(ctx, home.directory, [ref])).get(bytesOf(ref));
}

/** Both sides have this commit from now on. What they had before stays held where the new one does not contain it. */
export async function noteInStep(ctx: Context, home: Home, branch: string, oid: string): Promise<void> {
  const before = await lastSynced(ctx, home, branch);
  if (before === oid) return;
  const left = before !== undefined && (await contains(ctx, home.directory, oid, before)) !== true;
  const lines = [
    ...(left ? [`update ${home.refs}commits/${before} ${before}`] : []),
    `update ${syncedRefIn(home, branch)} ${oid}`,
  ];
  await updateRefs(ctx, home.directory, lines.map(bytesOf));
}

/** A workspace's submodules are gone, or older ones are back. Commits that nothing else names stay held. */
export async function forgetInStep(ctx: Context, commonDir: string, dir: string): Promise<void> {
  await forgetIn(ctx, commonDir, `${inClone(dir)}submodules/*/`);
  for (const gitDir of await allClonesOf(commonDir))
    await forgetIn(ctx, namedSubmodule(gitDir), inClone(dir));
}

async function forgetIn(ctx: Context, directory: string, refs: string): Promise<void> {
  const marks = [...(await listRefs(ctx, directory, [`${refs}synced/**`]))];
  if (marks.length === 0) return;
  const below = (ref: string) => ref.slice(0, ref.indexOf("/synced/") + 1);
  await updateRefs(
    ctx,
    directory,
    marks.flatMap(([ref, oid]) => [`update ${below(ref)}commits/${oid} ${oid}`, `delete ${ref} ${oid}`]),
  );
  for (const place of new Set(marks.map(([ref]) => below(ref)))) await dropSpare(ctx, directory, place);
}
