// Starts a program that outlives this one, and ends it. Beside run.ts the only other door to processes: `run` waits
// for its child and reads its output, and a child like that dies or blocks when we end.
import { spawn } from "node:child_process";
import { open } from "node:fs/promises";

export interface Detached {
  /** Also the id of its process group and session, which hold all its children. */
  pid: number;
  /** Undefined while it runs; then how it ended: an exit code, or a signal's name. */
  ended(): number | string | undefined;
}

export interface DetachedOptions {
  /** The child's whole environment. */
  env: Readonly<Record<string, string>>;
  /** Gets what it writes, after what is there. */
  log: string;
}

/** Starts argv as leader of its own process group, with no tie to our terminal, directory or life. */
export async function spawnDetached(argv: readonly string[], options: DetachedOptions): Promise<Detached> {
  const [file = "", ...args] = argv;
  const log = await open(options.log, "a", 0o600);
  try {
    const child = spawn(file, args, {
      cwd: "/",
      detached: true,
      env: { ...options.env },
      stdio: ["ignore", log.fd, log.fd],
    });
    let ended: number | string | undefined;
    child.once("exit", (code, signal) => {
      ended = code ?? signal ?? "unknown";
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.unref();
    return { pid: child.pid ?? 0, ended: () => ended };
  } finally {
    await log.close();
  }
}

/** SIGKILL to a process group; false when there is none. The caller has checked whose group it is. */
export function killGroup(leader: number): boolean {
  // 0 and 1 would mean our own group and everything.
  if (!Number.isInteger(leader) || leader <= 1) throw new RangeError(`${leader} is no process group of ours`);
  try {
    process.kill(-leader, "SIGKILL");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
