// Pid files that outlived their processes: after a host restart a number may belong to a stranger.
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Instance, PID_FILES } from "../../adapters/limactl.ts";
import type { Run } from "../../io/run.ts";

/** True when a pid file of the instance names a living process that is not the VM's. */
export async function hasForeignPids(run: Run, instance: Instance): Promise<boolean> {
  for (const [file, word] of Object.entries(PID_FILES)) {
    const pid = await readPid(join(instance.dir, file));
    if (pid === undefined) continue;
    const command = await commandOf(run, pid);
    if (command !== undefined && !command.includes(word)) return true;
  }
  return false;
}

/**
 * Removes the pid files and sockets, as Lima does for dead processes. Never `limactl stop --force` in this state:
 * it would kill the strangers.
 */
export async function removeStalePids(instance: Instance): Promise<void> {
  for (const name of await readdir(instance.dir)) {
    if (/\.(pid|sock)$/.test(name)) await rm(join(instance.dir, name), { force: true });
  }
}

async function readPid(path: string): Promise<number | undefined> {
  try {
    const text = (await readFile(path, "utf8")).trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** A living process's command line; undefined when there is none of that number. */
async function commandOf(run: Run, pid: number): Promise<string | undefined> {
  const { code, stdout } = await run(["ps", "-ww", "-o", "args=", "-p", String(pid)], { ok: "any" });
  return code === 0 && stdout.trim() !== "" ? stdout : undefined;
}
