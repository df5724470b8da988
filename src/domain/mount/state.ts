// What is true of the mount now, found out without ever touching its path: a dead mount would hang whoever does.
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { entryAt, isSshfs, type MountEntry } from "../../adapters/mount-table.ts";
import { listMounts, waitingRequests } from "../../adapters/mounts.ts";
import type { Context } from "../../context.ts";
import { alive } from "../../io/lock.ts";
import { type MountRecord, readMountRecord } from "./record.ts";
import { type Closed, readClosed, readWish } from "./wish.ts";

/** The part of the context that the mount needs; `status` and tests have no more. */
export type MountContext = Pick<
  Context,
  "paths" | "settings" | "self" | "run" | "platform" | "uid" | "env" | "out" | "signal" | "commandLine"
>;

/**
 * mounted: our sshfs serves it. stalled: it does, but has left requests unanswered for a second.
 * stale: mounted, but the sshfs that we started is gone. occupied: something that is not sshfs lies there.
 */
export type MountCondition = "mounted" | "stalled" | "stale" | "unmounted" | "occupied";

export interface MountState {
  condition: MountCondition;
  mountpoint: string;
  /** The sshfs process, while it lives. */
  pid?: number;
}

/** What `status` says. */
export interface MountReport extends MountState {
  /** It was mounted, and neither `unmount` nor `stop` came since. */
  wanted: boolean;
  /** The mount was taken away, and nobody brings it back by himself. */
  closed?: Closed;
}

export interface MountSight extends MountState {
  /** The mountpoint as the mount table spells it: with no symbolic link in its parents. */
  realPath: string;
  entry: MountEntry | undefined;
  record: MountRecord | undefined;
}

/** For `status` and `doctor`. Takes milliseconds, or a second when requests are unanswered. */
export async function mountState(context: MountContext): Promise<MountState> {
  const { condition, mountpoint, pid } = await lookAtMount(context);
  return { condition, mountpoint, ...(pid !== undefined && { pid }) };
}

/** As mountState, with what was wanted of it. */
export async function reportMount(context: MountContext): Promise<MountReport> {
  const closed = await readClosed(context.paths);
  const wanted = (await readWish(context.paths)) !== undefined;
  return { ...(await mountState(context)), wanted, ...(closed && { closed }) };
}

/** Milliseconds in which a mount with unanswered requests must answer them. */
const STALL = 1000;

/** With `patience: 0` a stalled mount is called mounted. */
export async function lookAtMount(context: MountContext, { patience = STALL } = {}): Promise<MountSight> {
  const { mountpoint } = context.paths;
  const realPath = await withoutLinks(mountpoint);
  const entry = entryAt(await listMounts(context), realPath);
  const record = await readMountRecord(context.paths);
  const living = record !== undefined && (await alive(record)) ? record : undefined;
  const condition = await conditionOf(entry, living !== undefined, patience);
  return { condition, mountpoint, realPath, entry, record, ...(living && { pid: living.pid }) };
}

async function conditionOf(
  entry: MountEntry | undefined,
  serverLives: boolean,
  patience: number,
): Promise<MountCondition> {
  if (!entry) return "unmounted";
  if (!isSshfs(entry)) return "occupied";
  if (!serverLives) return "stale";
  return (await stalls(entry, patience)) ? "stalled" : "mounted";
}

const POLL = 50;

/** Unanswered requests for all of the time: usual in the middle of a long copy, certain on a dead connection. */
async function stalls(entry: MountEntry, patience: number): Promise<boolean> {
  if (patience === 0) return false;
  for (const until = Date.now() + patience; Date.now() < until; ) {
    if (!(await waitingRequests(entry))) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  return true;
}

/** Resolves the parents alone, never the mountpoint. */
export async function withoutLinks(mountpoint: string): Promise<string> {
  try {
    return join(await realpath(dirname(mountpoint)), basename(mountpoint));
  } catch {
    return mountpoint;
  }
}
