// What git-lfs writes into a file for a blob of git's: the object of the store that the blob points to.
import type { Context } from "../../context.ts";
import { pointersAmong } from "./pointers.ts";
import { pathIn, storeAround } from "./store.ts";

/** The object's path; undefined for a blob that is no pointer. `directory`: any of the repository's. */
export async function contentPath(
  ctx: Context,
  directory: string,
  blob: string,
): Promise<string | undefined> {
  const pointer = (await pointersAmong(ctx, directory, [blob])).get(blob);
  return pointer && pathIn(await storeAround(ctx, directory), pointer.oid);
}
