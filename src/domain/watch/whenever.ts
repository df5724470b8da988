// Work that is wanted again and again: never twice at once, and with time to rest.
import { pause } from "../keeper/pause.ts";

/** Milliseconds in which wishes that come together become one. */
const SHORTEST = 150;
/** After work the VM gets as much time as it took. */
const REST = 1;
const LONGEST = 10_000;

/** Gives what wants it done. Ends with `signal`; `onError` gets what ends it before. */
export function whenever(
  work: () => Promise<void>,
  { signal, onError }: { signal: AbortSignal; onError: (error: unknown) => void },
): () => void {
  let wanted = false;
  let running = false;
  const run = async () => {
    running = true;
    while (wanted && !signal.aborted) {
      wanted = false;
      const since = performance.now();
      await work();
      const rest = Math.min(LONGEST, Math.max(SHORTEST, REST * (performance.now() - since)));
      await pause(rest, signal);
    }
    running = false;
  };
  return () => {
    wanted = true;
    if (!running) run().catch(onError);
  };
}
