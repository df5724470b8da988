// Brings everything of a workspace that exists nowhere else into the vault, and proves that it is there.
import type { Context } from "../../../context.ts";
import type { Target } from "../../../target.ts";
import { dropUnnamed } from "../../lfs/kept.ts";
import { withLargeFiles } from "../../lfs/save.ts";
import { writeSave } from "../../vault/records.ts";
import type { Save } from "../../vault/save.ts";
import { openVault, withVaultLock } from "../../vault/vault.ts";
import { DROP_SCRATCH } from "../guest/remove.ts";
import { callGuest } from "../guest.ts";
import { secondsOf } from "../homeward/saved.ts";
import { dropSave } from "./drop-save.ts";
import { sumInGuest } from "./opaque.ts";
import { describe } from "./saving/describe.ts";
import { notSaved } from "./saving/not-saved.ts";
import { bringObjects } from "./saving/objects.ts";
import { bringLargeFiles, bringTar, tarOf } from "./saving/pieces.ts";
import { type Bringing, LARGE, scratchOf, type ToSave } from "./saving/what.ts";
import { type Snapshot, takeSnapshot } from "./take-snapshot.ts";

export interface Saved {
  save: Save;
  /** Equal to another one when nothing changed in the workspace between them. */
  fingerprint: string;
  /** Paths that a save of work in progress left out, because git cannot hold them; not cleaned. */
  left: string[];
}

/**
 * Saves a workspace. Returns when every object and file is in the vault, checked, and on the disk. Throws UserError (4)
 * when that did not succeed: then nothing was changed in the workspace, and no record was written.
 */
export async function saveWorkspace(ctx: Context, target: Target, what: ToSave): Promise<Saved> {
  const step = ctx.out.step(`save what only ${what.workspace.dir} has`);
  try {
    const saved = await savingOf(ctx, target, what, step.update);
    step.done();
    return saved;
  } catch (error) {
    step.failed();
    throw await notSaved(ctx, target, what, error);
  } finally {
    await callGuest(ctx, target, { text: DROP_SCRATCH, args: [scratchOf(what.workspace)] }).catch(
      () => undefined,
    );
  }
}

/** What a save of the workspace would hold, as one text to compare; nothing is brought home. */
export async function fingerprintOf(
  ctx: Context,
  target: Target,
  what: Pick<ToSave, "dir" | "workspace" | "repo" | "ignored">,
): Promise<string> {
  const snapshot = await snapshotOf(ctx, target, { ...what, toCompare: true });
  const packed = tarOf(what.dir, snapshot);
  const sums = packed ? [await sumInGuest(ctx, target, packed)] : [];
  return fingerprint(snapshot, sums);
}

const fingerprint = ({ refs, on, stashes, opaque, large }: Snapshot, sums: readonly string[]): string =>
  JSON.stringify({ refs, on, stashes, opaque, large, sums });

async function snapshotOf(
  ctx: Context,
  target: Target,
  what: Pick<ToSave, "dir" | "workspace" | "repo" | "ignored" | "known"> & { toCompare?: boolean },
): Promise<Snapshot> {
  const snapshot = await takeSnapshot(ctx, target, {
    dir: what.dir,
    scratch: scratchOf(what.workspace),
    seconds: await secondsOf(ctx, what),
    ignored: what.ignored,
    known: what.known ?? [],
    ...(what.toCompare !== undefined && { toCompare: what.toCompare }),
  });
  return withLargeFiles(ctx, what.repo.directory, snapshot);
}

async function savingOf(
  ctx: Context,
  target: Target,
  what: ToSave,
  now: (doing: string) => void,
): Promise<Saved> {
  now("the VM reads every file of it");
  const snapshot = await snapshotOf(ctx, target, what);
  now("bring the vault up to the host's repository");
  const vault = await openVault(ctx, what.repo, formatOf(snapshot));
  if (snapshot.bytes > LARGE) await what.agree?.(snapshot.bytes);
  // Without the lock, `trash drop` could take what is coming in for what a killed save left.
  return withVaultLock(ctx, vault, () => {
    const save = describe(ctx, what, snapshot);
    return bringAll(ctx, target, { vault, what, snapshot, save, now });
  });
}

/** The one by the length of its ids. */
const formatOf = ({ refs }: Snapshot): string => (refs[0]?.oid.length === SHA256 ? "sha256" : "sha1");
const SHA256 = 64;

async function bringAll(ctx: Context, target: Target, one: Bringing): Promise<Saved> {
  const { vault, snapshot, save } = one;
  try {
    const bundle = await bringObjects(ctx, target, one);
    await bringLargeFiles(ctx, target, one);
    const tar = await bringTar(ctx, target, one);
    save.bundled = bundle !== undefined;
    save.files = [bundle, tar].filter((file) => file !== undefined);
    await writeSave(ctx, save);
    await dropUnnamed(vault, DAY).catch(() => undefined);
    return { save, fingerprint: fingerprint(snapshot, tar ? [tar.sha256] : []), left: snapshot.left };
  } catch (error) {
    await dropSave(ctx, vault, save);
    throw error;
  }
}

/** What failed saves left of large files goes after a day, as other halves do. */
const DAY = 24 * 60 * 60 * 1000;
