// The scan's look behind pointers: what a large file (Git LFS) of the host's store holds is looked into like any other.
import { readFile } from "node:fs/promises";
import type { Context } from "../../context.ts";
import { type Pointer, parsePointer } from "../lfs/pointer.ts";
import { holds, pathIn, storeAround } from "../lfs/store.ts";
import type { Change } from "./changes.ts";

export interface Behind {
  change: Change;
  pointer: Pointer;
}

/** What stands behind a file that is a pointer. */
export function behind(change: Change, bytes: Buffer): Behind | undefined {
  const pointer = parsePointer(bytes);
  return pointer && { change, pointer };
}

/**
 * Hands the content of each to `take`, one in memory at a time; `skip` gets those above `most` bytes. Returns those that
 * are not in the store: they are not sent either, and looked into when they are.
 */
export async function lookBehind(
  ctx: Context,
  directory: string,
  all: readonly Behind[],
  how: {
    most: number;
    take(change: Change, bytes: Buffer): Promise<void>;
    skip(change: Change, size: number): unknown;
  },
): Promise<Behind[]> {
  if (all.length === 0) return [];
  const store = await storeAround(ctx, directory);
  const unseen: Behind[] = [];
  for (const one of all) {
    const { change, pointer } = one;
    if (!(await holds(store, pointer))) unseen.push(one);
    else if (pointer.size > how.most) how.skip(change, pointer.size);
    else await how.take(change, await readFile(pathIn(store, pointer.oid)));
  }
  return unseen;
}
