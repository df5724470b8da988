// Watches a VM's console while it boots: KVM that opens but cannot run a kernel shows nothing at all.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { SERIAL_LOGS } from "../../adapters/limactl.ts";

/** Milliseconds within which any kernel writes its first byte. */
export const SILENCE = 60_000;

export interface ConsoleWatch {
  /** True once the time has passed without a byte. */
  silent(): boolean;
  stop(): void;
}

/** Calls `onSilence` once when no console log of the instance has a byte after `limit` milliseconds. */
export function watchConsole(directory: string, onSilence: () => void, limit = SILENCE): ConsoleWatch {
  let silent = false;
  const timer = setTimeout(async () => {
    if (await hasOutput(directory)) return;
    silent = true;
    onSilence();
  }, limit);
  return { silent: () => silent, stop: () => clearTimeout(timer) };
}

async function hasOutput(directory: string): Promise<boolean> {
  const sizes = await Promise.all(
    SERIAL_LOGS.map((name) =>
      stat(join(directory, name)).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  return sizes.some((size) => size > 0);
}
