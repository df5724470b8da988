// What a save that failed left in the vault goes.
import { rm } from "node:fs/promises";
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { saveDirectory } from "../../vault/records.ts";
import type { Save } from "../../vault/save.ts";
import type { Vault } from "../../vault/vault.ts";

/** A failure here changes nothing for the user. */
export async function dropSave(ctx: Context, vault: Vault, save: Save): Promise<void> {
  await rm(saveDirectory(ctx, save), { recursive: true, force: true }).catch(() => undefined);
  const list = await git(
    ctx,
    vault.gitDir,
    ["for-each-ref", "--format=delete %(refname)", `refs/saves/${save.id}/`],
    {
      ok: "any",
    },
  ).catch(() => undefined);
  const input = list?.stdout ?? "";
  await git(ctx, vault.gitDir, ["update-ref", "--stdin"], { input, ok: "any" }).catch(() => undefined);
}
