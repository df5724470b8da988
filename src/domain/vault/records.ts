// The records of saves: one JSON file each beside the vault, written last, so that a record means a complete save.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { readJson, writeJson } from "../../io/json-file.ts";
import type { Save } from "./save.ts";
import { vaultPath } from "./vault.ts";

const ID = /^\d{8}-\d{6}-[0-9a-f]{4}$/;
const RECORD = /^(.+)\.json$/;

/** Of which repository which save. */
interface Named {
  id: string;
  repoId?: string | undefined;
}

/** Where the save's pieces lie that are no git objects. */
export const saveDirectory = (ctx: Context, save: Named): string =>
  join(vaultPath(ctx, save.repoId).directory, "saves", save.id);

const recordPath = (ctx: Context, save: Named): string => `${saveDirectory(ctx, save)}.json`;

const ending = (): string => randomBytes(2).toString("hex");

/**
 * The id of a new save that is made at `time`: another one than any that its repository has, also of the same second.
 * To be asked under the vault's lock.
 */
export function newSaveId(ctx: Context, repoId: string | undefined, time: Date, random = ending): string {
  const second = time.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  for (;;) {
    const id = `${second}-${random()}`;
    if (![saveDirectory, recordPath].some((place) => existsSync(place(ctx, { id, repoId })))) return id;
  }
}

/** The record, durable on the disk when this returns. */
export const writeSave = (ctx: Context, save: Save): Promise<void> => writeJson(recordPath(ctx, save), save);

/** The saves of one repository (its id), or of all; oldest first. A record that is not ours is left out, with a warning. */
export async function listSaves(ctx: Pick<Context, "paths" | "out">, id?: string): Promise<Save[]> {
  const owners = id === undefined ? await namesIn(join(ctx.paths.sharedState, "vault")) : [id];
  const found: Save[] = [];
  for (const owner of owners) {
    const directory = join(ctx.paths.sharedState, "vault", owner, "saves");
    for (const name of await namesIn(directory)) {
      if (!ID.test(RECORD.exec(name)?.[1] ?? "")) continue;
      const save = await readSave(join(directory, name));
      if (save) found.push(save);
      else ctx.out.warn(`This record of a save cannot be read: ${join(directory, name)}`);
    }
  }
  return found.sort(byTime);
}

/** An id tells the second alone, and two saves may be made in one. */
const byTime = (a: Save, b: Save): number =>
  a.time === b.time ? (a.id < b.id ? -1 : 1) : a.time < b.time ? -1 : 1;

async function readSave(path: string): Promise<Save | undefined> {
  try {
    const save = (await readJson(path)) as Save;
    return save?.version === 1 && ID.test(save.id) && Array.isArray(save.refs) ? save : undefined;
  } catch {
    return undefined;
  }
}

/** Forgets a save: first the record, so that a crash leaves no record of what is half gone; then what it named. */
export async function dropSave(ctx: Context, save: Save): Promise<void> {
  await rm(recordPath(ctx, save), { force: true });
  const { gitDir } = vaultPath(ctx, save.repoId);
  if (existsSync(gitDir)) {
    const list = await git(ctx, gitDir, [
      "for-each-ref",
      "--format=delete %(refname)",
      `refs/saves/${save.id}/`,
    ]);
    await git(ctx, gitDir, ["update-ref", "--stdin"], { input: list.stdout });
  }
  await rm(saveDirectory(ctx, save), { recursive: true, force: true });
}

async function namesIn(directory: string): Promise<string[]> {
  return existsSync(directory) ? (await readdir(directory)).sort() : [];
}
