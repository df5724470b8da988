// Gives the space of dropped saves back to the disk. The caller holds the vault's lock.
import { existsSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { dropUnnamed } from "../lfs/kept.ts";
import type { Vault } from "./vault.ts";

/**
 * Removes what no reference of the vault reaches, and what a killed save or drop left: references and pieces without a
 * record. Every writer of a vault holds its lock, so nothing that is still coming in is taken for such. Throws
 * ToolError; the vault is whole then, only larger than it could be.
 */
export async function reclaim(ctx: Context, vault: Vault): Promise<void> {
  const saves = join(vault.directory, "saves");
  const records = new Set((await namesIn(saves)).filter((name) => name.endsWith(".json")));
  for (const name of await namesIn(saves)) {
    const isPieces = /^\d{8}-\d{6}-[0-9a-f]{4}$/.test(name);
    if (isPieces && !records.has(`${name}.json`))
      await rm(join(saves, name), { recursive: true, force: true });
  }
  if (!existsSync(vault.gitDir)) return;
  await dropUnnamed(vault);
  await dropRefsWithoutRecord(ctx, vault, records);
  const keep = (await sharedPacks(vault)).map((name) => `--keep-pack=${name}`);
  const repack = ["-c", "repack.writeBitmaps=false", "repack", "-q", "-a", "-d", ...keep];
  await git(ctx, vault.gitDir, repack);
  await git(ctx, vault.gitDir, ["prune", "--expire=now"]);
}

async function dropRefsWithoutRecord(
  ctx: Context,
  vault: Vault,
  records: ReadonlySet<string>,
): Promise<void> {
  const { stdout } = await git(ctx, vault.gitDir, ["for-each-ref", "--format=%(refname)", "refs/saves/"]);
  const stray = stdout.split("\n").filter((ref) => ref !== "" && !records.has(`${ref.split("/")[2]}.json`));
  const input = stray.map((ref) => `delete ${ref}\n`).join("");
  await git(ctx, vault.gitDir, ["update-ref", "--stdin"], { input });
}

/** Packs that the host's repository has too, by a hard link: writing them anew would take space, not give it. */
async function sharedPacks(vault: Vault): Promise<string[]> {
  const directory = join(vault.gitDir, "objects", "pack");
  const packs = (await namesIn(directory)).filter((name) => name.endsWith(".pack"));
  const shared = await Promise.all(packs.map(async (name) => (await stat(join(directory, name))).nlink > 1));
  return packs.filter((_, index) => shared[index]);
}

const namesIn = async (directory: string): Promise<string[]> =>
  existsSync(directory) ? readdir(directory) : [];
