// What comes of a save beside git's objects: a bundle or a tar with its checksum, and large files (Git LFS).
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Context } from "../../../../context.ts";
import type { Target } from "../../../../target.ts";
import { keepLargeFiles } from "../../../lfs/kept.ts";
import { saveDirectory } from "../../../vault/records.ts";
import type { OpaqueFile, Save } from "../../../vault/save.ts";
import { PREFIX, packPlace } from "../../pack.ts";
import { textOf } from "../../parse.ts";
import { bringFile, type Packed } from "../opaque.ts";
import type { Snapshot } from "../take-snapshot.ts";
import { type Bringing, limitFor } from "./what.ts";

/** What git cannot hold, as it would be packed; undefined when there is nothing. */
export const tarOf = (dir: string, { opaque }: Snapshot): Packed | undefined =>
  opaque.length > 0 ? { kind: "tar", below: `workspace/${dir}`, paths: opaque } : undefined;

/** Undefined when there is nothing that git cannot hold. Throws UserError when not all of it came. */
export async function bringTar(
  ctx: Context,
  target: Target,
  { what, snapshot, save, now }: Bringing,
): Promise<OpaqueFile | undefined> {
  const packed = tarOf(what.dir, snapshot);
  if (packed === undefined) return undefined;
  now("bring what git cannot hold");
  const holds = snapshot.opaque.map(textOf).join(", ");
  return bringPiece(ctx, target, { save, packed, limit: limitFor(snapshot), holds });
}

/** The content of large files whose pointers are saved. */
export async function bringLargeFiles(
  ctx: Context,
  target: Target,
  { vault, what, snapshot, now }: Bringing,
): Promise<void> {
  if (snapshot.large.length === 0) return;
  now("bring large files (Git LFS)");
  const { workspace, repo } = what;
  const keeping = { vault, dir: workspace.dir, directory: repo.directory, objects: snapshot.large };
  await keepLargeFiles(ctx, target, keeping);
}

/** It goes on where an earlier try broke off when the guest packs the same bytes again. */
export async function bringPiece(
  ctx: Context,
  target: Target,
  { save, packed, holds, limit }: { save: Save; packed: Packed; holds: string; limit: number },
): Promise<OpaqueFile> {
  const name = packed.kind === "bundle" ? "objects.bundle" : "files.tar";
  const file = join(saveDirectory(ctx, save), name);
  const kept = await waitingPlace(ctx, [packed.kind, save.repoId ?? "", save.dir]);
  const brought = await bringFile(ctx, target, packed, { file, limit, kept });
  return { file: name, kind: packed.kind, holds, ...brought };
}

/** One for each workspace and kind; it is swept away after a day. */
async function waitingPlace(ctx: Context, key: readonly string[]): Promise<string> {
  const name = createHash("sha256").update(JSON.stringify(key)).digest("hex").slice(0, 32);
  return join(await packPlace(ctx), `${PREFIX}piece-${name}`);
}
