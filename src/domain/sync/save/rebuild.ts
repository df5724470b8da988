// Builds a workspace in the VM from a save: beside its place first, so that it appears whole or not at all.

import { randomBytes } from "node:crypto";
import { query } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { ToolError, UserError } from "../../../errors.ts";
import { parsed } from "../../../guard/from-guest.ts";
import { sshArgv, type Target } from "../../../target.ts";
import { keptStore } from "../../lfs/kept.ts";
import { sendSaved } from "../../lfs/send.ts";
import type { OpaqueFile, Save } from "../../vault/save.ts";
import { vaultPath } from "../../vault/vault.ts";
import { piecePath, refuseDamagedObjects } from "../../vault/verify.ts";
import { isRepositoryId, lastSeen } from "../../workspace/identity.ts";
import type { Workspace } from "../../workspace/registry.ts";
import {
  RESTORE_BEGIN,
  RESTORE_BUILD,
  RESTORE_BUNDLE,
  RESTORE_PLACE,
  RESTORE_TAR,
  RESTORE_UNDO,
} from "../guest/restore.ts";
import { callGuest, nulSeparated } from "../guest.ts";
import { fields } from "../parse.ts";
import { publicOrigin } from "../push/origin.ts";
import { guestTrouble } from "../trouble.ts";
import { pushSave } from "./push-save.ts";

export interface Rebuild {
  save: Save;
  workspace: Workspace;
}

/** "present": a workspace is there. "back": one whose deletion was interrupted is there again. */
export type Rebuilt = "done" | "present" | "back";

/** Throws UserError; then nothing of this attempt is left in the VM, as far as the VM can still be reached. */
export async function rebuild(ctx: Context, target: Target, what: Rebuild): Promise<Rebuilt> {
  const { save, workspace } = what;
  const attempt: Attempt = { ...what, places: [workspace.dir, randomBytes(4).toString("hex")] };
  const step = ctx.out.step(`restore ${workspace.dir}`);
  try {
    const state = await begin(ctx, target, attempt);
    if (state === "ready") {
      await sendObjects(ctx, target, attempt, step.update);
      await sendLarge(ctx, target, attempt);
      step.update("the VM puts the files in place");
      await build(ctx, target, attempt);
      for (const piece of save.files) if (piece.kind === "tar") await sendPiece(ctx, target, attempt, piece);
      if (!(await place(ctx, target, attempt))) return "present";
      step.done();
      return "done";
    }
    step.failed();
    return state;
  } catch (error) {
    step.failed();
    if (!ctx.signal.aborted) await undo(ctx, target, attempt);
    throw await explained(ctx, target, attempt, error);
  }
}

interface Attempt extends Rebuild {
  /** The workspace's directory and the mark of this attempt: what each script needs first. */
  places: [string, string];
}

async function begin(ctx: Context, target: Target, { save, workspace, places }: Attempt) {
  const { gitDir } = vaultPath(ctx, save.repoId);
  const format = await query(ctx, gitDir, ["rev-parse", "--show-object-format"]);
  const args = [...places, format, await originOf(ctx, workspace.repoId), markOf(save, workspace)];
  const said = await callGuest(ctx, target, { text: RESTORE_BEGIN, args });
  const [state = ""] = parsed(said, fields);
  if (state !== "ready" && state !== "present" && state !== "back") throw notUnderstood();
  return state;
}

/** What lay in the place of another repository's workspace does not become one by coming back. */
const markOf = ({ mark }: Save, { repoId }: Workspace): string =>
  mark !== undefined && isRepositoryId(mark) ? mark : repoId;

async function originOf(ctx: Context, id: string): Promise<string> {
  const place = await lastSeen(ctx, id);
  if (place === undefined) return "";
  return publicOrigin(await query(ctx, place, ["config", "--get", "remote.origin.url"])) ?? "";
}

const notUnderstood = (): UserError =>
  new UserError("The VM's answer is not understood.", {
    hint: "If this stays, look into it with: agent-vm connect",
  });

async function sendObjects(
  ctx: Context,
  target: Target,
  attempt: Attempt,
  tell: (line: string) => void,
): Promise<void> {
  const { save, places } = attempt;
  if (!save.bundled) return pushSave(ctx, target, { save, places, tell });
  for (const piece of save.files) if (piece.kind === "bundle") await sendPiece(ctx, target, attempt, piece);
}

/** They wait beside, where the next attempt finds what has come; RESTORE_BUILD takes them in. */
async function sendLarge(ctx: Context, target: Target, { save, workspace }: Attempt): Promise<void> {
  const { large: pointers = [] } = save;
  if (pointers.length === 0) return;
  const store = keptStore(vaultPath(ctx, save.repoId));
  await sendSaved(ctx, target, workspace, { store, pointers });
}

async function sendPiece(ctx: Context, target: Target, attempt: Attempt, piece: OpaqueFile): Promise<void> {
  const text = piece.kind === "bundle" ? RESTORE_BUNDLE : RESTORE_TAR;
  const argv = sshArgv(target, ["sh", "-c", text, "sh", ...attempt.places], { ownConnection: true });
  await ctx.run(argv, { inputFile: piecePath(ctx, attempt.save, piece), signal: ctx.signal });
}

async function build(ctx: Context, target: Target, { save, places }: Attempt): Promise<void> {
  const oldestFirst = [...save.stashes].reverse();
  const data = nulSeparated(
    oldestFirst.flatMap(({ oid, message }) => [oid, message.slice(0, MAX_MESSAGE)]),
    "utf8",
  );
  const args = [...places, save.id, save.head.on ?? ""];
  const answer = await callGuest(ctx, target, { text: RESTORE_BUILD, args, data });
  if (parsed(answer, fields)[0] !== "built") throw notUnderstood();
}

/** One argument of a program may have 128 KiB; the stash's own commit has the whole text. */
const MAX_MESSAGE = 30_000;

/** False when a workspace has come to the place meanwhile. */
async function place(ctx: Context, target: Target, { save, places }: Attempt): Promise<boolean> {
  const args = [...places, save.id];
  const said = await callGuest(ctx, target, { text: RESTORE_PLACE, args });
  const [state = ""] = parsed(said, fields);
  if (state !== "placed" && state !== "present") throw notUnderstood();
  if (state === "present") await undo(ctx, target, { places });
  return state === "placed";
}

async function undo(ctx: Context, target: Target, { places }: Pick<Attempt, "places">): Promise<void> {
  await callGuest(ctx, target, { text: RESTORE_UNDO, args: places }).catch(() => undefined);
}

/** What is true when a step failed: the save is damaged, the VM is full or away, or what the program said. */
async function explained(ctx: Context, target: Target, { save }: Attempt, error: unknown): Promise<unknown> {
  if (!(error instanceof ToolError)) return error;
  try {
    await refuseDamagedObjects(ctx, save);
  } catch (worse) {
    return worse;
  }
  const { gitDir } = vaultPath(ctx, save.repoId);
  const range = save.bundled ? [] : save.refs.map((ref) => ref.oid);
  return guestTrouble(ctx, target, error, { doing: "the restore", directory: gitDir, range });
}
