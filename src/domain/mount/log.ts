// The mount's log: where it lies, and that it stays small, as an editor's does.
import { appendFileSync, closeSync, openSync, readSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { Paths } from "../paths.ts";

export const mountLog = (paths: Paths): string => join(paths.logs, "mount.log");

/** Bytes. */
const MOST = 1024 * 1024;
const KEPT = 256 * 1024;

/**
 * Of a log that has grown too large its end stays. Called where something is about to write to it: by each mount, and by
 * each connection of one, because a VM decides how often sshfs connects again. All who write to it append.
 */
export function keepSmall(log: string): void {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= MOST) return;
  const end = Buffer.alloc(KEPT);
  const file = openSync(log, "r");
  const length = readSync(file, end, 0, KEPT, size - KEPT);
  closeSync(file);
  truncateSync(log);
  appendFileSync(log, end.subarray(end.indexOf(10) + 1, length));
}
