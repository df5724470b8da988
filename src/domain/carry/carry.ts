// Carries the granted ignored files into a workspace: when it is made, and with `push --carry`.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import type { Target } from "../../target.ts";
import { wantedOf } from "../project-file/read.ts";
import type { Pairing } from "../sync/pairing.ts";
import { quoted } from "../sync/plan.ts";
import { branchTip } from "../workspace/branch.ts";
import type { Workspace } from "../workspace/registry.ts";
import { findRepository } from "../workspace/repository.ts";
import { agreedKeys } from "./asked.ts";
import { type Cargo, cargoFor, showCargo } from "./cargo.ts";
import {
  carriedSentence,
  keptLines,
  leftThereLines,
  notCarried,
  shown,
  stayedHint,
  stayedLines,
} from "./outcome.ts";
import { obstacleAt } from "./read-file.ts";
import { type Carried, carriedInto, forgetCarried } from "./record.ts";
import { sendCarried } from "./send.ts";

/** For a workspace that is about to be made: what is too much is told, and the workspace is made without it. */
export async function cargoForNew(
  ctx: Context,
  pair: Pairing,
  projectFile: boolean,
): Promise<Cargo | undefined> {
  try {
    return await cargoFor(ctx, pair, projectFile);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    ctx.out.warn([error.message, ...error.details, error.hint ?? ""].join("\n"));
    return undefined;
  }
}

/** Into a new workspace. That is there by now, so what does not get there is a warning. */
export async function carryIntoNew(
  ctx: Context,
  target: Target,
  { branch, workspace: { dir } }: Pairing,
  cargo: Cargo | undefined,
): Promise<void> {
  // Of a workspace that had this place before.
  await forgetCarried(ctx, dir);
  if (cargo === undefined || cargo.files.length + cargo.refused.length === 0) return;
  if (cargo.files.length > 0) showCargo(ctx, cargo, dir);
  try {
    const { top, files, refused } = cargo;
    const shipment = { dir, top, files, before: undefined, replace: false };
    const outcomes = files.length > 0 ? await sendCarried(ctx, target, shipment) : [];
    const lines = stayedLines(refused, outcomes);
    if (lines.length > 0)
      ctx.out.warn([notCarried(lines), ...shown(lines).map((line) => `  ${line}`)].join("\n"));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const again = `agent-vm push --carry ${quoted(branch.name)}`;
    ctx.out.warn([error.message, ...error.details, `Try again: ${again}`].join("\n"));
  }
}

/**
 * Into a workspace that came back from the vault, when its repository is the one at hand. What was saved with it stays;
 * git there was told nothing of these files, as a save holds no `.git/info`.
 */
export async function carryIntoRestored(ctx: Context, target: Target, workspace: Workspace): Promise<void> {
  const { repoId, branch: name, dir } = workspace;
  await forgetCarried(ctx, dir);
  if (ctx.settings.workspace.carry.length + (await agreedKeys(ctx, repoId)).length === 0) return;
  const repo = await findRepository(ctx).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  const oid = repo?.id === repoId ? await branchTip(ctx, repo, name) : undefined;
  if (repo === undefined || oid === undefined) return;
  const pair = { repo, branch: { name, oid, created: false }, workspace };
  const { projectFile } = await wantedOf(ctx, repo.directory, oid);
  await carryIntoNew(ctx, target, pair, await cargoForNew(ctx, pair, projectFile));
}

/** `push --carry`, before anything is pushed. Throws UserError: 2 when nothing is granted, 4 when it is too much. */
export async function cargoAgain(ctx: Context, pair: Pairing): Promise<Cargo> {
  const { projectFile } = await wantedOf(ctx, pair.repo.directory, pair.branch.oid);
  const cargo = await cargoFor(ctx, pair, projectFile);
  if (cargo !== undefined) return cargo;
  throw new UserError("Nothing is granted to be carried into workspaces.", {
    hint: "Grant ignored files, by patterns from the repository's top: agent-vm config set workspace.carry .env.sandbox",
    exit: EXIT.usage,
  });
}

/** Into a workspace that is there. Throws UserError (4) that names what stayed; the rest has arrived then. */
export async function carryAgain(
  ctx: Context,
  target: Target,
  pair: Pairing,
  { cargo, replace }: { cargo: Cargo; replace: boolean },
): Promise<void> {
  const { dir } = pair.workspace;
  const before = await carriedInto(ctx, dir);
  const { top, files, refused } = cargo;
  if (files.length > 0) showCargo(ctx, cargo, dir);
  const outcomes =
    files.length > 0 ? await sendCarried(ctx, target, { dir, top, files, before, replace }) : [];
  for (const line of [...keptLines(outcomes), ...(await leftThere(cargo, before))]) ctx.out.say(line);
  ctx.out.say(carriedSentence(dir, outcomes));
  const lines = stayedLines(refused, outcomes);
  if (lines.length === 0) return;
  throw new UserError(notCarried(lines), {
    details: shown(lines),
    hint: stayedHint(pair.branch.name, outcomes),
    exit: EXIT.refused,
  });
}

async function leftThere({ top, files }: Cargo, before: Carried | undefined): Promise<string[]> {
  const now = new Set(files.map((one) => one.path));
  const others = (before?.files ?? []).map((one) => one.path).filter((path) => !now.has(path));
  const gone: string[] = [];
  const ungranted: string[] = [];
  for (const path of others) ((await obstacleAt(top, path)) === "missing" ? gone : ungranted).push(path);
  return leftThereLines(gone, ungranted);
}
