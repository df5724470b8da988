// Directories that must be ours alone: in /tmp anybody can make one of a name that can be foreseen.
import { lstat, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { EXIT, UserError } from "../errors.ts";

/** Makes the directory and its parent (0700) and refuses one that others own or can enter. */
export async function makePrivate(directory: string, uid: number): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await refuseShared(directory, uid);
}

/** Throws UserError (4) when the directory or its parent exists and is not the user's alone. */
export async function refuseShared(directory: string, uid: number): Promise<void> {
  for (const path of [dirname(directory), directory]) {
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined) return;
    if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) continue;
    throw new UserError(`${path} is not a directory of yours alone, so no connection is kept in it.`, {
      hint: "Somebody else may have made it: have it removed, or set XDG_RUNTIME_DIR to a directory of your own.",
      exit: EXIT.refused,
    });
  }
}
