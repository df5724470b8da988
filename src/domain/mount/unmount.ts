// Takes the mount away, also when the VM is dead, within seconds and without touching its path.
import { join } from "node:path";
import { detach } from "../../adapters/mounts.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { killGroup } from "../../io/detached.ts";
import { alive, withLock } from "../../io/lock.ts";
import type { Paths } from "../paths.ts";
import { type MountRecord, readMountRecord, removeMountRecord } from "./record.ts";
import { lookAtMount, type MountContext } from "./state.ts";
import { removeWish } from "./wish.ts";

export const mountLock = (paths: Paths): string => join(paths.state, "locks", "mount.lock");

/** Longer than a mount that fails takes. */
export const LOCK_PATIENCE = 30_000;

/** Nothing is wanted any more. True when something was mounted. */
export async function unmount(context: MountContext): Promise<boolean> {
  const options = { command: context.commandLine, signal: context.signal, patience: LOCK_PATIENCE };
  // Before the lock, too: the keeper sees it and gives up what it is trying.
  await removeWish(context.paths);
  return await withLock(mountLock(context.paths), options, async () => {
    await removeWish(context.paths);
    return await unmountLocked(context);
  });
}

/** A mount can lie on another one when something went wrong twice; more than this is not of our making. */
const MAX_LAYERS = 5;

/** The caller holds the lock. */
export async function unmountLocked(context: MountContext): Promise<boolean> {
  let layers = 0;
  for (; layers < MAX_LAYERS; layers++) {
    // The mount table alone: a stalled mount need not be waited for.
    const { condition, realPath } = await lookAtMount(context, { patience: 0 });
    if (condition === "unmounted") break;
    if (condition === "occupied") throw occupied(context.paths);
    await detach(context, realPath).catch((error) => {
      throw failed(context.paths, error);
    });
  }
  const record = await readMountRecord(context.paths);
  if (record) await endServer(record);
  await removeMountRecord(context.paths);
  return layers > 0;
}

/** Milliseconds sshfs gets to write out what it holds; it ends by itself unless a file is open or the link is dead. */
const GRACE = 1000;
const POLL = 20;

/** Kills the whole group: sshfs' ssh is nobody's child any more and keeps blocked callers waiting. */
async function endServer(record: MountRecord): Promise<void> {
  const until = Date.now() + GRACE;
  while (await alive(record)) {
    if (Date.now() > until) {
      killGroup(record.pid);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

export function occupied(paths: Paths): UserError {
  return new UserError(`Something else is mounted at ${paths.mountpoint}.`, {
    hint: `Unmount it with: umount ${paths.mountpoint}`,
    exit: EXIT.failed,
  });
}

function failed(paths: Paths, error: unknown): unknown {
  if (!(error instanceof ToolError)) return error;
  return new UserError(`The mount at ${paths.mountpoint} could not be taken away.`, {
    details: [error.message, ...error.failure.stderrTail.split("\n").filter(Boolean)],
    hint: "It belongs to the user who mounted it; as that user run: agent-vm unmount",
    cause: error,
  });
}
