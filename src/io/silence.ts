// How a child ends that says nothing any more, with what it started.
import type { Readable } from "node:stream";
import type { Run } from "./run.ts";

/** Calls `end` once when `touch` was not called for so long; undefined: never. */
export function watchIdle(milliseconds: number | undefined, end: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let fired = false;
  const touch = () => {
    if (milliseconds === undefined) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      fired = true;
      end();
    }, milliseconds);
  };
  touch();
  return { touch, fired: () => fired, stop: () => clearTimeout(timer) };
}

/** Milliseconds for the last output of a child that we ended. */
const LAST_WORDS = 1000;

/** A helper that outlives a child which was ended (git's ssh) holds its pipes open; nobody waits for that. */
export function leavePipes(child: {
  killed: boolean;
  stdout: Readable | null;
  stderr: Readable | null;
}): void {
  if (!child.killed) return;
  setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, LAST_WORDS).unref();
}

/** A silent child, and what it started: git leaves its ssh behind. */
export async function endWithHelpers(
  child: { pid?: number; kill(signal: NodeJS.Signals): boolean },
  run: Run,
): Promise<void> {
  const list = await run(["ps", "-A", "-o", "pid=,ppid="], { ok: "any", timeout: 5000 }).catch(
    () => undefined,
  );
  const helpers = descendants(list?.stdout ?? "", child.pid ?? 0);
  child.kill("SIGTERM");
  for (const pid of helpers) {
    try {
      process.kill(pid, "SIGTERM");
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** All below a process in lines of "pid parent". */
function descendants(list: string, pid: number): number[] {
  const pairs = list.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    pairs.flatMap(([id = 0, of]) => (of === parent && id > 0 ? [id, ...below(id)] : []));
  return pid > 0 ? below(pid) : [];
}
