// The map (repository id, branch) → workspace directory of one VM. The truth about names lives here, on the host.
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { writeJson } from "../../io/json-file.ts";
import { withLock } from "../../io/lock.ts";
import { isRepositoryId } from "./identity.ts";
import { type BranchName, isWorkspaceDir, type Pair, type WorkspaceDir, workspaceDir } from "./names.ts";
import { readStore, unreadable } from "./store.ts";

export interface Workspace {
  dir: WorkspaceDir;
  repoId: string;
  /** The repository's directory name when the workspace was made. */
  repoName: string;
  branch: BranchName;
}

interface File {
  version: 1;
  workspaces: Workspace[];
}

/** All workspaces this host knows of in the VM. */
export async function listWorkspaces(ctx: Context): Promise<Workspace[]> {
  const file = (await readStore(ctx.paths.workspaces)) as File | undefined;
  if (file === undefined) return [];
  if (file.version !== 1 || !Array.isArray(file.workspaces)) throw unreadable(ctx.paths.workspaces);
  if (!file.workspaces.every(isWorkspace)) throw unreadable(ctx.paths.workspaces);
  return file.workspaces;
}

function isWorkspace(entry: Partial<Record<keyof Workspace, unknown>>): boolean {
  const { dir, repoId, repoName, branch } = entry;
  return (
    [dir, repoId, repoName, branch].every((value) => typeof value === "string") &&
    isWorkspaceDir(String(dir)) &&
    isRepositoryId(String(repoId))
  );
}

export async function findWorkspace(
  ctx: Context,
  repoId: string,
  branch: BranchName,
): Promise<Workspace | undefined> {
  return (await listWorkspaces(ctx)).find((one) => one.repoId === repoId && one.branch === branch);
}

/** The pair's workspace; a new pair gets a directory that no other one has. */
export async function reserveWorkspace(ctx: Context, pair: Pair): Promise<Workspace> {
  const known = await findWorkspace(ctx, pair.repoId, pair.branch);
  return known ?? (await change(ctx, (all) => add(all, pair)));
}

function add(all: Workspace[], pair: Pair): [Workspace[], Workspace] {
  const known = all.find((one) => one.repoId === pair.repoId && one.branch === pair.branch);
  if (known) return [all, known];
  const names = new Set(all.map((one) => one.dir.toLowerCase()));
  const made = { ...pair, dir: workspaceDir(pair, (dir) => names.has(dir.toLowerCase())) };
  return [[...all, made], made];
}

/** Forgets a workspace whose directory is gone. */
export async function forgetWorkspace(ctx: Context, dir: WorkspaceDir): Promise<void> {
  await change(ctx, (all) => [all.filter((one) => one.dir !== dir), undefined]);
}

async function change<T>(ctx: Context, edit: (all: Workspace[]) => [Workspace[], T]): Promise<T> {
  const options = { command: ctx.commandLine, signal: ctx.signal, patience: 30_000 };
  return withLock(join(ctx.paths.state, "locks", "workspaces.lock"), options, async () => {
    const before = await listWorkspaces(ctx);
    const [after, result] = edit(before);
    if (after !== before)
      await writeJson(ctx.paths.workspaces, { version: 1, workspaces: after } satisfies File);
    return result;
  });
}

/** Runs `work` while no other command of ours works on the same workspace. */
export function withWorkspaceLock<T>(ctx: Context, dir: WorkspaceDir, work: () => Promise<T>): Promise<T> {
  const onWait = (holder: { command: string; pid: number }) =>
    ctx.out.say(`Waiting for another command to end: ${holder.command} (process ${holder.pid})`);
  const options = { command: ctx.commandLine, signal: ctx.signal, onWait };
  return withLock(join(ctx.paths.state, "locks", `ws-${dir}.lock`), options, work);
}

/** Holds the locks of several workspaces, always taken in the same order. */
export function withWorkspaceLocks<T>(
  ctx: Context,
  dirs: readonly WorkspaceDir[],
  work: () => Promise<T>,
): Promise<T> {
  const [first, ...rest] = [...dirs].sort();
  return first === undefined
    ? work()
    : withWorkspaceLock(ctx, first, () => withWorkspaceLocks(ctx, rest, work));
}
