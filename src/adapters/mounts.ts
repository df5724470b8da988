// The system's mounts: what is mounted, how a FUSE mount does, and taking one away. Never touches a mounted path.
import { readFile } from "node:fs/promises";
import type { Run } from "../io/run.ts";
import { type MountEntry, parseMountinfo, parseMountOutput } from "./mount-table.ts";

export interface MountHost {
  run: Run;
  platform: NodeJS.Platform;
}

export async function listMounts({ run, platform }: MountHost): Promise<MountEntry[]> {
  if (platform === "linux") return parseMountinfo(await readFile("/proc/self/mountinfo", "utf8"));
  return parseMountOutput((await run(["mount"])).stdout);
}

/** Requests that the FUSE server has not answered yet; undefined where the system does not tell. */
export async function waitingRequests(entry: MountEntry): Promise<number | undefined> {
  const minor = entry.device?.split(":")[1];
  if (minor === undefined) return undefined;
  try {
    return Number.parseInt(await readFile(`/sys/fs/fuse/connections/${minor}/waiting`, "utf8"), 10);
  } catch {
    return undefined;
  }
}

/**
 * Takes the topmost mount at the path away, at once and also when its server is frozen: it vanishes from the tree
 * now, and ends when its last open file is closed or its server is ended.
 */
export async function detach({ run, platform }: MountHost, mountpoint: string): Promise<void> {
  const argv =
    platform === "linux" ? ["fusermount3", "-u", "-z", "--", mountpoint] : ["umount", "-f", mountpoint];
  await run(argv, { timeout: DETACH_LIMIT });
}

/** Milliseconds; it takes two when all is well. */
const DETACH_LIMIT = 3000;
