// Large files (Git LFS) in a save: the content of the workspace's files, and those that the host's store has not.
import type { Context } from "../../context.ts";
import type { Snapshot } from "../sync/save/take-snapshot.ts";
import { keyOf } from "./held.ts";
import type { Pointer } from "./pointer.ts";
import { heldOnHost } from "./store.ts";

/**
 * The snapshot with files of the workspace's store: those that the host's store has among `large`, since git-lfs may
 * remove them there one day (`git lfs prune` knows of no save), the others among what git cannot hold. What is content of a
 * file there is kept as `large` already. `directory`: of the host's repository, if it is still there.
 */
export async function withLargeFiles(
  ctx: Context,
  directory: string | undefined,
  snapshot: Snapshot,
): Promise<Snapshot> {
  const { large } = snapshot;
  const objects = [...large, ...snapshot.stored.flatMap(({ pointer }) => pointer ?? [])];
  const held = directory === undefined ? new Set<string>() : await heldOnHost(ctx, directory, objects);
  const inFiles = new Set(large.map(keyOf));
  const kept = new Set([...held, ...inFiles]);
  const isLinked = (one: Pointer) => held.has(keyOf(one)) && !inFiles.has(keyOf(one));
  const saved = snapshot.stored.filter(({ pointer }) => !(pointer && kept.has(keyOf(pointer))));
  const coming = [...saved.map(({ pointer }) => pointer), ...large.filter((one) => !held.has(keyOf(one)))];
  const linked = snapshot.stored
    .flatMap(({ pointer }) => (pointer && isLinked(pointer) ? [pointer] : []))
    .sort((one, other) => (one.oid < other.oid ? -1 : 1));
  const bytes = coming.reduce((sum, pointer) => sum + (pointer?.size ?? 0), 0);
  const paths = saved.map(({ path }) => path).sort();
  return {
    ...snapshot,
    large: [...large, ...linked],
    opaque: [...snapshot.opaque, ...paths],
    bytes: snapshot.bytes + bytes,
  };
}
