// The mountpoint's own directory: made, opened for mounting, and closed to writers while nothing is mounted on it.
import { constants } from "node:fs";
import { chmod, lstat, mkdir, open, readdir, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { DEFAULT_VM, type Paths } from "../paths.ts";

/** A handle on the directory itself that stays valid while a mount covers it. */
export interface Ground {
  /**
   * Closes the directory beneath: once unmounted, an ordinary user's editor gets an error and does not write a file
   * that the next mount would hide. (Root may write everywhere.)
   */
  close(): Promise<void>;
}

/** Only when nothing is mounted there. Makes the directory and its parents; refuses one that holds files or is none. */
export async function openGround(mountpoint: string): Promise<Ground> {
  await mkdir(dirname(mountpoint), { recursive: true, mode: 0o700 });
  await mkdir(mountpoint, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  if (!(await lstat(mountpoint)).isDirectory()) throw notOurs(mountpoint, "is not a directory");
  await chmod(mountpoint, 0o700);
  const handle = await open(mountpoint, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  const close = async () => {
    await handle.chmod(0o500);
    await handle.close();
  };
  const names = await readdir(mountpoint);
  if (names.length === 0) return { close };
  await close();
  throw notOurs(mountpoint, "holds files that the mount would hide", names);
}

function notOurs(mountpoint: string, what: string, names: readonly string[] = []): UserError {
  return new UserError(`The mountpoint ${sanitize(mountpoint)} ${what}.`, {
    details: names.slice(0, 10).map((name) => sanitize(name)),
    hint: "Move what is there to another place, then run: agent-vm mount",
    exit: EXIT.refused,
  });
}

/** Takes the empty directories away, when the VM goes. Never anything but rmdir: a mount may lie there after all. */
export async function removeMountpoint(paths: Paths): Promise<void> {
  const parents = paths.vm === DEFAULT_VM ? [] : [dirname(paths.mountpoint)];
  for (const directory of [paths.mountpoint, ...parents]) await rmdir(directory).catch(() => undefined);
}
