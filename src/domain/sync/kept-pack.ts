// A pack on its way: kept for a day when the transfer breaks off, so that the same command goes on where it was.

import { createHash } from "node:crypto";
import { mkdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { SSH_FAILED } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, explain, ToolError } from "../../errors.ts";
import { readJson, writeJson } from "../../io/json-file.ts";
import { WORTH_KEEPING } from "./guest/half.ts";
import { type Pack, PREFIX, packFiles, packPlace } from "./pack.ts";

const NOTE = "pack.json";

/** What a pack is for: the workspace's directory, whose lock the command holds, and what goes into it. */
export interface Shipped {
  repoId: string;
  dir: string;
  tips: readonly string[];
  has: readonly string[];
}

/**
 * Runs `work` with a private directory and the pack in it: one that an earlier command left there for the same, else
 * what `make` makes. Both go when the work is done, and when it failed by anything but its interruption.
 */
export async function withKeptPack<T>(
  ctx: Context,
  shipped: Shipped,
  make: (directory: string) => Promise<Pack | undefined>,
  work: (directory: string, pack: Pack | undefined) => Promise<T>,
): Promise<T> {
  const { directory, pack: earlier } = await placeFor(ctx, shipped);
  let pack = earlier;
  try {
    pack ??= await make(directory);
    if (earlier === undefined && pack !== undefined && pack.bytes >= WORTH_KEEPING)
      await writeJson(join(directory, NOTE), pack);
    const result = await work(directory, pack);
    await rm(directory, { recursive: true, force: true });
    return result;
  } catch (error) {
    if (pack === undefined || pack.bytes < WORTH_KEEPING || !brokeOff(error))
      await rm(directory, { recursive: true, force: true });
    else ctx.out.say("What the VM has got of it is kept for a day: the same command goes on from there.");
    throw error;
  }
}

/** It was ended, by the user or with the connection: the same bytes may go through the next time. */
const brokeOff = (error: unknown): boolean =>
  explain(error).exit === EXIT.interrupted ||
  explain(error).exit === EXIT.notReady ||
  (error instanceof ToolError && [SSH_FAILED, undefined].includes(error.failure.code));

async function placeFor(ctx: Context, { repoId, dir, tips, has }: Shipped) {
  const key = createHash("sha256")
    .update(JSON.stringify([repoId, dir, tips, has]))
    .digest("hex");
  const directory = join(await packPlace(ctx), PREFIX + key.slice(0, 32));
  const pack = await packIn(directory).catch(() => undefined);
  if (pack === undefined) await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await utimes(directory, new Date(), new Date());
  return { directory, pack };
}

/** Undefined for what is not whole. */
async function packIn(directory: string): Promise<Pack | undefined> {
  const noted = (await readJson(join(directory, NOTE))) as Pack | undefined;
  if (noted === undefined) return undefined;
  const pack = { ...noted, ...packFiles(directory, noted.name) };
  const [bytes, indexBytes] = [(await stat(pack.file)).size, (await stat(pack.index)).size];
  return bytes === pack.bytes && indexBytes === pack.indexBytes ? pack : undefined;
}
