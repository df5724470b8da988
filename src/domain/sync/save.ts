// Brings everything of a workspace that exists nowhere else into the vault, and proves that it is there.
import { join } from "node:path";
import { git, transfer } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, explain, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { withLargeFiles } from "../lfs/save.ts";
import { newSaveId, saveDirectory, writeSave } from "../vault/records.ts";
import type { OpaqueFile, Save } from "../vault/save.ts";
import { type Owner, openVault, type Vault, withVaultLock } from "../vault/vault.ts";
import type { Workspace } from "../workspace/registry.ts";
import { fsckHint, isDamaged } from "./damage.ts";
import { dropSave } from "./drop-save.ts";
import { showProgress } from "./git-progress.ts";
import { DROP_SCRATCH } from "./guest/remove.ts";
import { callGuest } from "./guest.ts";
import { secondsOf, takeSaved } from "./homeward/saved.ts";
import { bringFile, type Packed, refuseOver, sumInGuest } from "./opaque.ts";
import { textOf } from "./parse.ts";
import { quoted } from "./plan.ts";
import { type Snapshot, takeSnapshot } from "./take-snapshot.ts";

export interface ToSave {
  /** The directory below ~/workspace: the workspace's own, or the name it was renamed to. */
  dir: string;
  workspace: Workspace;
  repo: Owner;
  why: Save["why"];
  /** The other repository that it says it belongs to. */
  mark?: string;
  /** With ignored files that nothing makes again, and with what git cannot hold. */
  ignored: boolean;
  /** Commits the host has, so that their size is not counted. */
  known?: readonly string[];
  /** Asked when it is larger than LARGE; it throws when the user does not want that. */
  agree?: (bytes: number) => Promise<void>;
}

export interface Saved {
  save: Save;
  /** Equal to another one when nothing changed in the workspace between them. */
  fingerprint: string;
  /** Paths that a save of work in progress left out, because git cannot hold them; not cleaned. */
  left: string[];
}

const MiB = 1024 * 1024;
/** From here on the user is asked (1 GiB, the figure). */
export const LARGE = 1024 * MiB;

const scratchOf = (workspace: Workspace): string => `.agent-vm.save.${workspace.dir}`;

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

const fingerprint = ({ refs, on, stashes, opaque }: Snapshot, sums: readonly string[]): string =>
  JSON.stringify({ refs, on, stashes, opaque, sums });

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

const tarOf = (dir: string, { opaque }: Snapshot): Packed | undefined =>
  opaque.length > 0 ? { kind: "tar", below: `workspace/${dir}`, paths: opaque } : undefined;

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
  const { vault, what, snapshot, save, now } = one;
  try {
    const bundle = await bringObjects(ctx, target, one);
    const packed = tarOf(what.dir, snapshot);
    if (packed) now("bring what git cannot hold");
    const tar =
      packed &&
      (await bring(ctx, target, {
        save,
        packed,
        limit: limitFor(snapshot),
        holds: snapshot.opaque.map(textOf).join(", "),
      }));
    save.bundled = bundle !== undefined;
    save.files = [bundle, tar].filter((file) => file !== undefined);
    await writeSave(ctx, save);
    return { save, fingerprint: fingerprint(snapshot, tar ? [tar.sha256] : []), left: snapshot.left };
  } catch (error) {
    await dropSave(ctx, vault, save);
    throw error;
  }
}

function describe(ctx: Context, what: ToSave, snapshot: Snapshot): Save {
  const now = new Date();
  return {
    version: 1,
    id: newSaveId(ctx, what.repo.id, now),
    why: what.why,
    time: now.toISOString(),
    vm: ctx.paths.vm,
    ...(what.repo.id !== undefined && { repoId: what.repo.id }),
    repoName: what.workspace.repoName,
    branch: what.workspace.branch,
    dir: what.workspace.dir,
    ...(what.mark !== undefined && { mark: what.mark }),
    head: {
      ...(snapshot.on !== undefined && { on: snapshot.on }),
      ...(snapshot.head !== undefined && { oid: snapshot.head }),
    },
    refs: snapshot.refs,
    stashes: snapshot.stashes,
    files: [],
    bundled: false,
    regenerable: snapshot.regenerable,
  };
}

interface Bringing {
  vault: Vault;
  what: ToSave;
  snapshot: Snapshot;
  save: Save;
  /** Tells what is happening. */
  now: (doing: string) => void;
}

/** No more than the guest said, and the user agreed to, with room for what it cannot count; bytes. */
const limitFor = ({ bytes }: Snapshot): number => 2 * bytes + LARGE;

/** The objects by git; what git's own check refuses comes as a bundle, which this returns. */
async function bringObjects(ctx: Context, target: Target, one: Bringing): Promise<OpaqueFile | undefined> {
  const { vault, what, snapshot, save, now } = one;
  const scratch = scratchOf(what.workspace);
  try {
    const limit = Math.ceil(limitFor(snapshot) / MiB);
    const bound = (bytes: number) => refuseOver(limitFor(snapshot), bytes);
    const { gitDir } = vault;
    await takeSaved(ctx, target, { ...what, gitDir, save, bytes: snapshot.bytes, limit, bound, update: now });
    await transfer(ctx, gitDir, {
      target,
      dir: scratch,
      verb: "fetch",
      options: ["--update-shallow"],
      refspecs: [`+refs/save/*:refs/saves/${save.id}/*`],
      limit,
      onLine: showProgress(now),
    });
    now("look at every object of it");
    await verify(ctx, vault, save);
    return undefined;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const packed: Packed = { kind: "bundle", scratch };
    // A bundle holds the whole history, of which the guest's figure leaves out what the host has.
    const limit = Math.max(limitFor(snapshot), ctx.settings.fetch_limit * LARGE);
    return bring(ctx, target, {
      save,
      packed,
      limit,
      holds: "every commit, as git's own check would not take them",
    });
  }
}

/** Every reference that the guest listed is there with that object, and everything below them is. Throws ToolError. */
async function verify(ctx: Context, vault: Vault, save: Save): Promise<void> {
  const below = `refs/saves/${save.id}/`;
  const format = "--format=%(objectname) %(refname)";
  const { stdout } = await git(ctx, vault.gitDir, ["for-each-ref", format, below]);
  const there = new Set(stdout.split("\n"));
  const missing = save.refs.find(({ oid, name }) => !there.has(`${oid} ${below}${name}`));
  if (missing) {
    throw new ToolError({
      argv: ["git", "fetch"],
      code: 0,
      stderrTail: `${sanitize(missing.name)} did not arrive`,
    });
  }
  const input = save.refs.map(({ oid }) => `${oid}\n`).join("");
  const args = ["rev-list", "--objects", "--quiet", "--stdin", "--not", "--glob=refs/host/*", "--"];
  await git(ctx, vault.gitDir, args, { input });
}

async function bring(
  ctx: Context,
  target: Target,
  { save, packed, holds, limit }: { save: Save; packed: Packed; holds: string; limit: number },
): Promise<OpaqueFile> {
  const file = packed.kind === "bundle" ? "objects.bundle" : "files.tar";
  const brought = await bringFile(ctx, target, packed, { file: join(saveDirectory(ctx, save), file), limit });
  return { file, kind: packed.kind, holds, ...brought };
}

async function notSaved(ctx: Context, target: Target, what: ToSave, error: unknown): Promise<unknown> {
  const told = explain(error);
  if (told.exit === EXIT.interrupted || told.exit === EXIT.bug) return error;
  const then = what.why === "wip" ? "; nothing was changed" : ", so nothing was deleted";
  // Of a program that failed, what it said; its command line is ours and long.
  const details =
    error instanceof ToolError
      ? error.failure.stderrTail.split("\n").filter(Boolean)
      : [told.message, ...told.details];
  const exit = told.exit === EXIT.notReady ? EXIT.notReady : EXIT.refused;
  const { dir, branch } = what.workspace;
  const ofGit =
    error instanceof ToolError || (error instanceof UserError && error.cause instanceof ToolError);
  if (ofGit && exit === EXIT.refused && (await isDamaged(ctx, target, dir))) {
    const unseen = `deleted unseen, with all its work: agent-vm clean ${quoted(branch)} --force`;
    return new UserError(
      `The repository of the workspace ${dir} is damaged and could not be saved whole${then}.`,
      {
        details,
        hint: what.why === "clean" ? `${fsckHint(dir)}; ${unseen}` : fsckHint(dir),
        exit,
        cause: error,
      },
    );
  }
  return new UserError(`The work in ${dir} could not be saved${then}.`, {
    details,
    hint: told.hint ?? "Put that right and run the same command again.",
    exit,
    cause: error,
  });
}
