// Is a save still what was written: its references and its checksummed pieces, looked at before anything is sent.
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { damagedOf } from "../lfs/kept.ts";
import { saveDirectory } from "./records.ts";
import type { OpaqueFile, Save } from "./save.ts";
import { vaultPath } from "./vault.ts";

/** A piece's name as this program gives them. */
const PIECE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/;

/** Throws UserError when a reference or a piece of the save is missing or is not what it was. Changes nothing. */
export async function verifySave(ctx: Context, save: Save): Promise<void> {
  const wrong = [
    ...(await wrongRefs(ctx, save)),
    ...(await wrongPieces(ctx, save)),
    ...(await wrongLarge(ctx, save)),
  ];
  if (wrong.length > 0) throw damaged(save, wrong);
}

/** For what is found only while the save is sent: an object that git cannot read. */
export async function refuseDamagedObjects(ctx: Context, save: Save): Promise<void> {
  const { gitDir } = vaultPath(ctx, save.repoId);
  if (save.bundled || !existsSync(gitDir)) return;
  const oids = [...new Set(save.refs.map((ref) => ref.oid))];
  const { code, stderr } = await git(ctx, gitDir, ["fsck", "--no-dangling", "--no-progress", ...oids], {
    ok: "any",
  });
  // fsck's first bit: an object is damaged or missing; what the check merely dislikes has other bits.
  if (code === 0) return;
  const lines = stderr.split("\n").filter((line) => /missing|corrupt|broken|unable|cannot/.test(line));
  if (lines.length > 0)
    throw damaged(
      save,
      lines.slice(0, 10).map((line) => sanitize(line)),
    );
}

const damaged = (save: Save, details: readonly string[]): UserError =>
  new UserError(`The save ${save.id} is damaged; nothing was changed in the VM.`, {
    details,
    hint: "See whether another one has what you need: agent-vm trash list; then: agent-vm restore --save <id>",
  });

async function wrongRefs(ctx: Context, save: Save): Promise<string[]> {
  if (save.bundled || save.refs.length === 0) return [];
  const { gitDir } = vaultPath(ctx, save.repoId);
  if (!existsSync(gitDir)) return [`missing: ${gitDir}`];
  const below = `refs/saves/${save.id}/`;
  const { stdout } = await git(ctx, gitDir, ["for-each-ref", "--format=%(objectname) %(refname)", below]);
  const there = new Set(stdout.split("\n"));
  const gone = save.refs.filter(({ oid, name }) => !there.has(`${oid} ${below}${name}`));
  return gone.slice(0, 10).map(({ name }) => `missing: ${sanitize(`${below}${name}`)}`);
}

async function wrongPieces(ctx: Context, save: Save): Promise<string[]> {
  const wrong: string[] = [];
  for (const piece of save.files) {
    const problem = PIECE.test(piece.file) ? await problemOf(piecePath(ctx, save, piece), piece) : "not ours";
    if (problem) wrong.push(`${problem}: ${sanitize(piece.file)} (${sanitize(piece.holds)})`);
  }
  return wrong;
}

async function wrongLarge(ctx: Context, save: Save): Promise<string[]> {
  const damaged = await damagedOf(vaultPath(ctx, save.repoId), save);
  return damaged.slice(0, 10).map((oid) => `missing or damaged: large file (Git LFS) ${sanitize(oid)}`);
}

/** Where a piece lies on this host. */
export const piecePath = (ctx: Context, save: Save, piece: OpaqueFile): string =>
  join(saveDirectory(ctx, save), piece.file);

async function problemOf(path: string, piece: OpaqueFile): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return "missing";
  if (found.size !== piece.bytes) return "has another size";
  const hash = createHash("sha256");
  for await (const block of createReadStream(path)) hash.update(block as Buffer);
  return hash.digest("hex") === piece.sha256 ? undefined : "has another checksum";
}
