// The keeper's own log: kept small when a keeper starts.
import { stat, truncate } from "node:fs/promises";

const MAX_BYTES = 1024 * 1024;

export async function keepSmall(log: string): Promise<void> {
  const size = await stat(log).then(
    (found) => found.size,
    () => 0,
  );
  if (size > MAX_BYTES) await truncate(log);
}
