// Much of a save is sent ahead of git's push into the workspace that a restore builds, and goes on where it broke off.
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../../context.ts";
import type { Target } from "../../../target.ts";
import type { Save } from "../../vault/save.ts";
import { vaultPath } from "../../vault/vault.ts";
import { WORTH_KEEPING } from "../guest/half.ts";
import { withKeptPack } from "../kept-pack.ts";
import { makePack } from "../pack.ts";
import { lookAhead, sendPack, sizeOf } from "./ship.ts";

export interface SaveAhead {
  save: Save;
  /** The workspace's directory and the mark of the attempt that builds it. */
  places: readonly [dir: string, mark: string];
  tell(line: string): void;
}

/**
 * Brings what the save's references need when that is much, by references that RESTORE_BUILD takes away again. Throws
 * ToolError when it did not arrive.
 */
export async function shipSave(
  ctx: Context,
  target: Target,
  { save, places, tell }: SaveAhead,
): Promise<void> {
  const { gitDir } = vaultPath(ctx, save.repoId);
  const tips = [...new Set(save.refs.map(({ oid }) => oid))].sort();
  // The pack of a short history is whole for nobody else.
  if (existsSync(join(gitDir, "shallow"))) return;
  if ((await packedIn(gitDir)) < WORTH_KEEPING) return;
  if ((await sizeOf(ctx, gitDir, { tips, has: [] })) < WORTH_KEEPING) return;
  const [dir, mark] = places;
  const guest = { dir, place: "own", mark } as const;
  const { half } = await lookAhead(ctx, target, guest);
  const vault = { directory: gitDir, commonDir: gitDir };
  const make = (directory: string) => makePack(ctx, vault, { tips, has: [], directory }, tell);
  await withKeptPack(
    ctx,
    { repoId: save.repoId ?? "", dir, tips, has: [] },
    make,
    async (directory, pack) => {
      if (pack) await sendPack(ctx, target, guest, { tips, half, ends: [], directory, pack, onLine: tell });
    },
  );
}

/** Bytes of all packs of a vault, in which a save lies. No program is started to tell that it is little. */
async function packedIn(gitDir: string): Promise<number> {
  const at = join(gitDir, "objects", "pack");
  let bytes = 0;
  for (const name of await readdir(at).catch(() => []))
    bytes += (await stat(join(at, name)).catch(() => undefined))?.size ?? 0;
  return bytes;
}
