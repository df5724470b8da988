// Replaces a file of the user's at once: through links to where it lies, with its permissions and owner.
import { lstat, readlink, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { writeWhole } from "./json-file.ts";

const MAX_LINKS = 40;

/** Where a path leads in the end, also through a link whose target is not there yet. */
export async function placeOf(path: string): Promise<string> {
  let place = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const real = await realpath(place).catch(unlessMissing);
    if (real !== undefined) return real;
    const found = await lstat(place).catch(unlessMissing);
    if (!found?.isSymbolicLink()) return place;
    place = resolve(dirname(place), await readlink(place));
  }
  return place;
}

/** A new file is for its owner alone. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const place = await placeOf(path);
  const before = await stat(place).catch(unlessMissing);
  await writeWhole(place, text, before && { mode: before.mode & 0o777, uid: before.uid, gid: before.gid });
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
