// The logs of what the proxies decided: one JSON line for each decision, kept small.
import { appendFileSync, renameSync, statSync } from "node:fs";

/** Twice this is the most: the older half has the ending ".1". */
const MAX_BYTES = 10 * 1024 * 1024;

export function decisionLog(file: string): (decision: object) => void {
  return (decision) => {
    try {
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(file, `${file}.1`);
      const line = JSON.stringify({ time: new Date().toISOString(), ...decision });
      appendFileSync(file, `${line}\n`, { mode: 0o600 });
    } catch {
      // A log that cannot be written (a full disk) is no reason to end the work that it tells of.
    }
  };
}
