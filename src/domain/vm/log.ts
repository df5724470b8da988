// Keeps a child program's output in a log file of this VM.
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { Context } from "../../context.ts";
import { pieceMask } from "../../guard/mask.ts";
import { printable } from "../../guard/sanitize.ts";

/** An `onData` for `run` that appends to `<logs>/<name>.log`, cleaned: users are told to look into it. */
export async function logTo(ctx: Context, name: string): Promise<{ onData: (bytes: Uint8Array) => void }> {
  await mkdir(ctx.paths.logs, { recursive: true, mode: 0o700 });
  const file = createWriteStream(join(ctx.paths.logs, `${name}.log`), { flags: "a", mode: 0o600 });
  // A log that cannot be written (a full disk) is no reason to end the work that it tells of.
  file.on("error", () => {});
  file.write(`=== ${new Date().toISOString()} ${ctx.commandLine}\n`);
  const mask = pieceMask();
  const decoder = new StringDecoder("utf8");
  const text = (bytes: Uint8Array) => decoder.write(Buffer.from(bytes)).replace(/\r\n?/g, "\n");
  return { onData: (bytes) => file.write(printable(text(mask(bytes)))) };
}
