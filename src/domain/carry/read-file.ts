// One file below a directory of the host, read without following any link.
import { constants, type Stats } from "node:fs";
import { lstat, open, realpath } from "node:fs/promises";
import { join } from "node:path";

export interface HostFile {
  bytes: Buffer;
  /** Permission bits. */
  mode: number;
}

/** Why a path is not read. */
export type Obstacle = "missing" | "link" | "special" | "directory" | "another repository" | "cannot be read";

const BITS = 0o777;

const seen = (path: string): Promise<Stats | undefined> => lstat(path).catch(() => undefined);

/**
 * What stands in the way of reading `path` below `top`, which is real; nothing for an ordinary file. A link may have
 * come with a fetched commit, and lead anywhere.
 */
export async function obstacleAt(top: string, path: string): Promise<Obstacle | undefined> {
  const names = path.split("/");
  for (let depth = 1; depth < names.length; depth += 1) {
    const directory = join(top, ...names.slice(0, depth));
    const found = await seen(directory);
    if (found === undefined) return "missing";
    if (found.isSymbolicLink()) return "link";
    if (!found.isDirectory()) return "missing";
    if ((await seen(join(directory, ".git"))) !== undefined) return "another repository";
  }
  const found = await seen(join(top, path));
  if (found === undefined) return "missing";
  if (found.isSymbolicLink()) return "link";
  if (found.isDirectory()) return "directory";
  return found.isFile() ? undefined : "special";
}

/** Its size in bytes, before it is read. */
export const sizeAt = async (top: string, path: string): Promise<number> =>
  (await seen(join(top, path)))?.size ?? 0;

/** Reads no more than `most` bytes: a file that grew over it meanwhile "cannot be read". */
export async function readBelow(top: string, path: string, most: number): Promise<HostFile | Obstacle> {
  const obstacle = await obstacleAt(top, path);
  if (obstacle !== undefined) return obstacle;
  const at = join(top, path);
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    const file = await open(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const [opened, named] = [await file.stat(), await seen(at)];
      // What was looked at is what was opened, also when a directory above became a link meanwhile.
      if ((await realpath(at)) !== at || opened.ino !== named?.ino || opened.dev !== named.dev) return "link";
      if (!opened.isFile()) return "special";
      if (opened.size > most) return "cannot be read";
      const bytes = await file.readFile();
      return bytes.length > most ? "cannot be read" : { bytes, mode: opened.mode & BITS };
    } finally {
      await file.close();
    }
  } catch {
    return "cannot be read";
  }
}
