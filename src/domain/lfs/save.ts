// Large files (Git LFS) in a save: those that the host's store has not.
import type { Context } from "../../context.ts";
import type { Snapshot } from "../sync/take-snapshot.ts";
import { keyOf } from "./held.ts";
import { heldOnHost } from "./store.ts";

/**
 * The snapshot with files of the workspace's store among what git cannot hold. `directory`: of the host's repository, if
 * it is still there.
 */
export async function withLargeFiles(
  ctx: Context,
  directory: string | undefined,
  snapshot: Snapshot,
): Promise<Snapshot> {
  const objects = snapshot.stored.flatMap(({ pointer }) => pointer ?? []);
  const held = directory === undefined ? new Set<string>() : await heldOnHost(ctx, directory, objects);
  const saved = snapshot.stored.filter(({ pointer }) => !(pointer && held.has(keyOf(pointer))));
  const bytes = saved.reduce((sum, { pointer }) => sum + (pointer?.size ?? 0), 0);
  const paths = saved.map(({ path }) => path).sort();
  return { ...snapshot, opaque: [...snapshot.opaque, ...paths], bytes: snapshot.bytes + bytes };
}
