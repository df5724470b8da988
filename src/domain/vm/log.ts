// Keeps a child program's output in a log file of this VM.
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { pieceMask } from "../../guard/mask.ts";

/** An `onData` for `run` that appends to `<logs>/<name>.log`. */
export async function logTo(ctx: Context, name: string): Promise<{ onData: (bytes: Uint8Array) => void }> {
  await mkdir(ctx.paths.logs, { recursive: true, mode: 0o700 });
  const file = createWriteStream(join(ctx.paths.logs, `${name}.log`), { flags: "a", mode: 0o600 });
  // A log that cannot be written (a full disk) is no reason to end the work that it tells of.
  file.on("error", () => {});
  file.write(`=== ${new Date().toISOString()} ${ctx.commandLine}\n`);
  const mask = pieceMask();
  return { onData: (bytes) => file.write(mask(bytes)) };
}
