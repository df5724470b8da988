// Mounts the VM's workspaces on the host, or finds that they are mounted already; repairs a mount that is dead.
import { open } from "node:fs/promises";
import { join } from "node:path";
import { ROOT, sshfsLine, sshfsSupport } from "../../adapters/sshfs.ts";
import { EXIT, Interrupted, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { withLock } from "../../io/lock.ts";
import type { Target } from "../../target.ts";
import { guardProgram } from "./guard.ts";
import { mountLog } from "./log.ts";
import { mountOptions } from "./options.ts";
import { hashLine, readMountRecord } from "./record.ts";
import { answers, startServer } from "./server.ts";
import { lookAtMount, type MountContext, type MountSight, type MountState, withoutLinks } from "./state.ts";
import { LOCK_PATIENCE, mountLock, occupied, unmountLocked } from "./unmount.ts";
import { closedFile, readClosed, readWish, removeClosed, whileWanted, writeWish } from "./wish.ts";

export interface EnsureOptions {
  /** Also ask a mount that looks alive for an answer, which costs a round trip. */
  probe?: boolean;
  /** Without it a mount stays as it is, and a new one can be written to. */
  readOnly?: boolean;
  /** The user asks for it by name: also after the VM broke the file protocol. */
  reopen?: boolean;
}

interface Wanted {
  target: Target;
  readOnly: boolean | undefined;
}

/**
 * The mount, there and answering. On the warm path it reads the mount table and our record and starts nothing.
 * Throws UserError when sshfs is missing, unsafe or fails.
 */
export async function ensureMounted(
  context: MountContext,
  target: Target,
  options: EnsureOptions = {},
): Promise<MountState> {
  const wish = await readWish(context.paths);
  const wanted = { target, readOnly: options.readOnly ?? wish?.readOnly };
  const seen = await lookAtMount(context);
  if (!options.probe && wish !== undefined && isGood(context, seen, wanted)) return stateOf(seen);
  if (options.reopen !== true) await refuseAfterBreach(context);
  const lock = { command: context.commandLine, signal: context.signal, patience: LOCK_PATIENCE };
  return await withLock(mountLock(context.paths), lock, async () => {
    if (options.reopen === true) await removeClosed(context.paths);
    const state = await untilUnmounted(context, (inTime) => repairOrMount(inTime, wanted));
    await writeWish(context.paths, { readOnly: (await readMountRecord(context.paths))?.readOnly ?? false });
    return state;
  });
}

/** An `unmount` of the mount that was there before waits for nobody's attempt, which may take as long as a dead VM does. */
async function untilUnmounted<T>(
  context: MountContext,
  work: (inTime: MountContext) => Promise<T>,
): Promise<T> {
  if ((await readWish(context.paths)) === undefined) return await work(context);
  const wanted = whileWanted(context.paths, context.signal);
  try {
    return await work({ ...context, signal: wanted.signal });
  } catch (error) {
    if (!(error instanceof Interrupted) || context.signal.aborted) throw error;
    throw new UserError("The workspaces were unmounted meanwhile.", { exit: EXIT.notReady });
  } finally {
    wanted.stop();
  }
}

async function refuseAfterBreach({ paths }: MountContext): Promise<void> {
  const closed = await readClosed(paths);
  if (closed?.kind === "lost") return removeClosed(paths);
  if (closed === undefined) return;
  throw new UserError(`The mount was closed: ${sanitize(closed.why)}.`, {
    hint: "Do not trust this VM: fetch what you need, and look at it. To mount all the same: agent-vm mount",
    exit: EXIT.refused,
  });
}

/**
 * For the keeper: mounts again what is wanted and is not there. With `hung` a mount that gives no answer is replaced.
 * Undefined when nothing is to be done: it is not wanted any more, closed after a breach, or somebody has mounted it.
 */
export async function bringBack(
  context: MountContext,
  target: Target,
  hung: boolean,
): Promise<MountState | undefined> {
  const lock = { command: context.commandLine, signal: context.signal, patience: LOCK_PATIENCE };
  return await withLock(mountLock(context.paths), lock, async () => {
    const wish = await readWish(context.paths);
    if (wish === undefined || (await readClosed(context.paths)) !== undefined) return undefined;
    const seen = await lookAtMount(context, { patience: 0 });
    if (seen.condition === "occupied") throw occupied(context.paths);
    if (seen.condition === "mounted" && (!hung || (await answers(context, seen.realPath)))) return undefined;
    await unmountLocked(context);
    return await mountNow(context, { target, readOnly: wish.readOnly });
  });
}

const stateOf = ({ condition, mountpoint, pid }: MountSight): MountState => ({
  condition,
  mountpoint,
  ...(pid !== undefined && { pid }),
});

/** The line we would start now; that sshfs is installed and safe was proven when the mount was made. */
function lineFor(
  { uid, self, settings, paths }: MountContext,
  { target, readOnly = false }: Wanted,
  mountpoint: string,
) {
  const { git, hide, stall } = settings.mount;
  const rules = { git, hide, readOnly };
  const log = mountLog(paths);
  const setup = { rules, root: ROOT, stall: stall * 1000, log, closed: closedFile(paths) };
  const options = mountOptions({ uid, containSymlinks: true, readOnly });
  return sshfsLine(target, { mountpoint, options, guard: guardProgram(self, setup) });
}

function isGood(context: MountContext, { condition, record, realPath }: MountSight, wanted: Wanted): boolean {
  if (condition !== "mounted" || record === undefined) return false;
  const { target, readOnly = record.readOnly } = wanted;
  return record.line === hashLine(lineFor(context, { target, readOnly }, realPath));
}

/** The caller holds the lock, so what is seen now stays so. */
async function repairOrMount(context: MountContext, wanted: Wanted): Promise<MountState> {
  const seen = await lookAtMount(context, { patience: 0 });
  if (seen.condition === "occupied") throw occupied(context.paths);
  const good = isGood(context, seen, wanted);
  if (good && (await answers(context, seen.realPath))) return stateOf(seen);
  if (seen.condition === "unmounted") context.out.detail("The workspaces are not mounted.");
  else
    context.out.say(
      `The mount at ${context.paths.mountpoint} is ${good ? "not answering" : "stale"}; it is made anew.`,
    );
  await unmountLocked(context);
  if (context.signal.aborted) throw new Interrupted();
  const { target, readOnly = seen.record?.readOnly } = wanted;
  return await mountNow(context, { target, readOnly });
}

async function mountNow(context: MountContext, wanted: Wanted): Promise<MountState> {
  const support = await sshfsSupport(context.run);
  if (!support.installed) {
    throw new UserError("sshfs is not installed.", {
      hint: "Install it with: agent-vm setup",
      exit: EXIT.notReady,
    });
  }
  // Throws when the installed sshfs is not safe.
  mountOptions({ uid: context.uid, containSymlinks: support.containSymlinks, readOnly: false });
  const { openGround } = await import("./mountpoint.ts");
  const ground = await openGround(context);
  try {
    const realPath = await withoutLinks(context.paths.mountpoint);
    const line = lineFor(context, wanted, realPath);
    const readOnly = wanted.readOnly ?? false;
    // Then, and not when it has answered: we may be killed while it is waited for.
    const pid = await startServer(context, { line, realPath, readOnly, onMounted: ground.close });
    await sayOnce(context);
    return { condition: "mounted", mountpoint: context.paths.mountpoint, pid };
  } catch (error) {
    await unmountLocked(context);
    throw error;
  } finally {
    if (!(await ground.close())) context.out.say(OPEN_GROUND);
  }
}

const OPEN_GROUND =
  "While nothing is mounted root can write into the mountpoint, and its file system cannot forbid that: look before you save there.";

const ONCE = [
  "The workspaces are mounted. What an editor opens there was written in the VM: it may run code of such a project here",
  "(language servers, linters, tasks). Keep its restricted mode on, and do not trust the folder. This is said once.",
].join("\n");

/** What no option of a mount prevents. */
async function sayOnce({ paths, out }: MountContext): Promise<void> {
  const note = await open(join(paths.state, "mount-explained"), "wx", 0o600).catch(() => undefined);
  if (note === undefined) return;
  await note.close();
  out.say(ONCE);
}
