// Removes a directory in which processes of a test may still write their last words.
import { rmSync } from "node:fs";

const TRIES = 50;
const PAUSE = 100;

/** rmSync's own retries only try to remove the directory again, not what came into it meanwhile. */
export function removeTree(directory: string): void {
  for (let tries = 1; ; tries++) {
    try {
      rmSync(directory, { recursive: true, force: true });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOTEMPTY" || tries === TRIES) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}
