// Keeps a directory of the VM that belongs to no repository of this host: as a tar with a checksum, as it is.
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../../context.ts";
import { EXIT, ToolError, UserError } from "../../../errors.ts";
import type { Target } from "../../../target.ts";
import { agreeToSize } from "../../consent.ts";
import { dropSave, newSaveId, saveDirectory, writeSave } from "../../vault/records.ts";
import type { Save } from "../../vault/save.ts";
import { openVault, withVaultLock } from "../../vault/vault.ts";
import { textOf } from "../parse.ts";
import type { Other } from "./inventory.ts";
import { bringFile, type Packed, sumInGuest } from "./opaque.ts";
import { LARGE } from "./saving/what.ts";

const FILE = "files.tar";

const packed = (path: string): Packed => ({ kind: "tar", below: ".", paths: [path] });

export interface KeptOther {
  other: Other;
  save: Save;
  sha256: string;
}

/** Throws UserError (4) when not all of it could be brought home; then there is no record of it. */
export async function saveDirectoryAsTar(ctx: Context, target: Target, other: Other): Promise<KeptOther> {
  if (other.bytes > LARGE) await agreeToSize(ctx, other.title, other.bytes);
  const vault = await openVault(ctx, { id: undefined, directory: undefined });
  // Whoever gives space back takes pieces without a record for rubbish: none may see them while they come in.
  return withVaultLock(ctx, vault, () => saveLocked(ctx, target, other));
}

async function saveLocked(ctx: Context, target: Target, other: Other): Promise<KeptOther> {
  const save = describe(ctx, other);
  const step = ctx.out.step(`save ${other.title}`);
  const directory = saveDirectory(ctx, save);
  try {
    const file = join(directory, FILE);
    const brought = await bringFile(ctx, target, packed(other.path), {
      file,
      limit: 2 * other.bytes + LARGE,
    });
    save.files.push({ file: FILE, kind: "tar", holds: other.title, ...brought });
    await writeSave(ctx, save);
    if ((await sizeOf(file)) !== brought.bytes) throw await lost(ctx, save, file);
    step.done();
    return { other, save, sha256: brought.sha256 };
  } catch (error) {
    step.failed();
    await rm(directory, { recursive: true, force: true }).catch(() => undefined);
    throw notSaved(other, error);
  }
}

const sizeOf = async (file: string): Promise<number | undefined> =>
  (await stat(file).catch(() => undefined))?.size;

/** The file system or somebody else took the piece: a record of it would be a lie. */
async function lost(ctx: Context, save: Save, file: string): Promise<UserError> {
  await dropSave(ctx, save);
  return new UserError(`What was written to ${file} is not there any more.`);
}

/** True when it is still, to the last byte, what was saved. */
export const isUnchanged = async (ctx: Context, target: Target, kept: KeptOther): Promise<boolean> =>
  (await sumInGuest(ctx, target, packed(kept.other.path))) === kept.sha256;

function describe(ctx: Context, other: Other): Save {
  const now = new Date();
  return {
    version: 1,
    id: newSaveId(ctx, undefined, now),
    why: "destroy",
    time: now.toISOString(),
    vm: ctx.paths.vm,
    repoName: "",
    dir: textOf(other.path),
    head: {},
    refs: [],
    stashes: [],
    files: [],
    bundled: false,
    regenerable: 0,
  };
}

function notSaved(other: Other, error: unknown): unknown {
  if (!(error instanceof UserError || error instanceof ToolError)) return error;
  const details =
    error instanceof ToolError ? error.failure.stderrTail.split("\n").filter(Boolean) : error.details;
  return new UserError(`${other.title} could not be saved, so nothing was deleted.`, {
    details: error instanceof UserError ? [error.message, ...details] : details,
    hint:
      (error instanceof UserError ? error.hint : undefined) ??
      "Put that right and run the same command again.",
    exit: error instanceof UserError && error.exit === EXIT.notReady ? EXIT.notReady : EXIT.refused,
    cause: error,
  });
}
