// The mountpoint's own directory: made, opened for mounting, and closed to writers while nothing is mounted on it.
import { constants } from "node:fs";
import { chmod, lstat, mkdir, open, readdir, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { setImmutable } from "../../adapters/chattr.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { fdPath } from "../../io/fd-path.ts";
import { DEFAULT_VM } from "../paths.ts";

/** A handle on the directory itself that stays valid while a mount covers it. */
export interface Ground {
  /**
   * Closes the directory beneath: once unmounted, an editor gets an error and does not write a file that the next mount
   * would hide. Root may write everywhere but in an immutable directory: false when the file system has none. A second
   * call gives what the first one came to.
   */
  close(): Promise<boolean>;
}

type Owner = Pick<Context, "run" | "uid" | "platform" | "paths">;

/** On Linux, for root alone. */
const needsAttribute = ({ uid, platform }: Owner): boolean => uid === 0 && platform === "linux";

/** Only when nothing is mounted there. Makes the directory and its parents; refuses one that holds files or is none. */
export async function openGround(owner: Owner): Promise<Ground> {
  const { mountpoint } = owner.paths;
  await mkdir(dirname(mountpoint), { recursive: true, mode: 0o700 });
  await mkdir(mountpoint, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  if (!(await lstat(mountpoint)).isDirectory()) throw notOurs(mountpoint, "is not a directory");
  if (needsAttribute(owner)) await setImmutable(owner.run, mountpoint, false);
  await chmod(mountpoint, 0o700);
  const handle = await open(mountpoint, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  const closeOnce = async () => {
    await handle.chmod(0o500);
    // chattr takes no link, which the path alone is; behind the dot lies the directory beneath the mount.
    const closed = !needsAttribute(owner) || (await setImmutable(owner.run, `${fdPath(handle)}/.`, true));
    await handle.close();
    return closed;
  };
  let closing: Promise<boolean> | undefined;
  const close = () => {
    closing ??= closeOnce();
    return closing;
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
export async function removeMountpoint(owner: Owner): Promise<void> {
  const { paths } = owner;
  const parents = paths.vm === DEFAULT_VM ? [] : [dirname(paths.mountpoint)];
  if (needsAttribute(owner)) await setImmutable(owner.run, paths.mountpoint, false);
  for (const directory of [paths.mountpoint, ...parents]) await rmdir(directory).catch(() => undefined);
}
