// A lock between processes of one host, as a file that names its holder.
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { EXIT, Interrupted, UserError } from "../errors.ts";

export interface Holder {
  pid: number;
  /** The process's start time as the system gives it, so that a recycled pid is not mistaken for the holder. */
  started: string;
  /** The command line a user would recognise. */
  command: string;
}

export interface LockOptions {
  command: string;
  signal: AbortSignal;
  /** Called once when somebody else holds the lock. */
  onWait?: (holder: Holder) => void;
  /** Milliseconds to wait; then exit 3. Default: one hour. */
  patience?: number;
}

const POLL = 200;
const HOUR = 3_600_000;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL));

/**
 * Runs `work` while holding the lock. A holder that has died is replaced; a living one is waited for, and `work` is told
 * that it was.
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: (waited: boolean) => Promise<T>,
): Promise<T> {
  const me: Holder = { ...(await thisProcess()), command: options.command };
  const waited = await acquire(path, me, options);
  try {
    return await work(waited);
  } finally {
    await rm(path, { force: true });
  }
}

export const thisProcess = async (): Promise<Pick<Holder, "pid" | "started">> => ({
  pid: process.pid,
  started: (await startTime(process.pid)) ?? "",
});

/** Which other process holds the lock now; undefined when none does or it has died. */
export async function lockHolder(path: string): Promise<Holder | undefined> {
  const holder = await readHolder(path);
  return holder && holder.pid !== process.pid && (await alive(holder)) ? holder : undefined;
}

/** True when another process held it first, dead or alive. */
async function acquire(path: string, me: Holder, options: LockOptions): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${me.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(draft, JSON.stringify(me), { mode: 0o600 });
  const until = Date.now() + (options.patience ?? HOUR);
  let told = false;
  let waited = false;
  try {
    while (!(await tryLink(draft, path))) {
      waited = true;
      if (options.signal.aborted) throw new Interrupted();
      if (await isStale(path)) {
        await removeStale(path, draft);
        continue;
      }
      const holder = await readHolder(path);
      if (holder === undefined) continue;
      if (!told) options.onWait?.(holder);
      told = true;
      if (Date.now() > until) throw busy(holder);
      await pause();
    }
    return waited;
  } finally {
    await rm(draft, { force: true });
  }
}

function busy(holder: Holder): UserError {
  return new UserError(`Another command is still at work: ${holder.command} (process ${holder.pid}).`, {
    hint: "Wait for it to end, then try again.",
    exit: EXIT.notReady,
  });
}

/** link(2) fails when the name exists, so exactly one process succeeds, with the whole content in place. */
async function tryLink(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** True for a lock whose holder has died, or which was cut short by a power failure; a missing one is not stale. */
async function isStale(path: string): Promise<boolean> {
  try {
    return !(await alive(JSON.parse(await readFile(path, "utf8")) as Holder));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/**
 * Removes a dead holder's lock. Only who holds a second lock may, and looks again then: what is stale now stays so
 * until it goes, and a living holder's is never touched. A dead holder of the second one is removed the same way.
 */
async function removeStale(path: string, draft: string): Promise<void> {
  const breaker = `${path}.break`;
  if (!(await tryLink(draft, breaker)))
    return (await isStale(breaker)) ? removeStale(breaker, draft) : pause();
  try {
    if (await isStale(path)) await rm(path, { force: true });
  } finally {
    await rm(breaker, { force: true });
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

/** True while the process that wrote the holder is the one that has its pid. */
export async function alive(process: Pick<Holder, "pid" | "started">): Promise<boolean> {
  const now = await startTime(process.pid);
  return now !== undefined && now === process.started;
}

/** A process's start time: field 22 of /proc/PID/stat on Linux, else what `ps` says; undefined when there is none. */
export async function startTime(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended; only its parent has not looked yet.
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    if (process.platform === "linux") return undefined;
  }
  const { run } = await import("./run.ts");
  const { code, stdout } = await run(["ps", "-o", "lstart=", "-p", String(pid)], { ok: "any" });
  return code === 0 ? stdout.trim() : undefined;
}
