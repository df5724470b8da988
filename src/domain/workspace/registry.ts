// The map (repository id, branch) → workspace directory of one VM. The truth about names lives here, on the host.
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Context } from "../../context.ts";
import { writeJson } from "../../io/json-file.ts";
import { lockHolder, withLock } from "../../io/lock.ts";
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
export const listWorkspaces = (ctx: Pick<Context, "paths">): Promise<Workspace[]> =>
  readMap(ctx.paths.workspaces);

async function readMap(path: string): Promise<Workspace[]> {
  const file = (await readStore(path)) as File | undefined;
  if (file === undefined) return [];
  if (file.version !== 1 || !Array.isArray(file.workspaces)) throw unreadable(path);
  if (!file.workspaces.every(isWorkspace)) throw unreadable(path);
  return file.workspaces;
}

/**
 * Directories of a repository's workspaces in other VMs of this host, also in those that were put aside: what is known
 * of a workspace lies in the host's repository under its directory's name. A map that cannot be read names none.
 */
async function dirsElsewhere(ctx: Context, repoId: string): Promise<string[]> {
  const vms = dirname(ctx.paths.state);
  const names = await readdir(vms).catch(() => []);
  const maps = names.map((name) => join(vms, name, basename(ctx.paths.workspaces)));
  const others = maps.filter((path) => path !== ctx.paths.workspaces);
  const found = await Promise.all(others.map((path) => readMap(path).catch(() => [])));
  return found.flat().flatMap((one) => (one.repoId === repoId ? [one.dir] : []));
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

/** The pair's workspace; a new pair gets a directory that no other one has, and none of its repository in another VM. */
export async function reserveWorkspace(ctx: Context, pair: Pair): Promise<Workspace> {
  const known = await findWorkspace(ctx, pair.repoId, pair.branch);
  return known ?? (await change(ctx, async (all) => add(all, pair, await dirsElsewhere(ctx, pair.repoId))));
}

function add(all: Workspace[], pair: Pair, elsewhere: readonly string[]): [Workspace[], Workspace] {
  const known = all.find((one) => one.repoId === pair.repoId && one.branch === pair.branch);
  if (known) return [all, known];
  const names = new Set([...all.map((one) => one.dir), ...elsewhere].map((dir) => dir.toLowerCase()));
  const made = { ...pair, dir: workspaceDir(pair, (dir) => names.has(dir.toLowerCase())) };
  return [[...all, made], made];
}

/** Forgets a workspace whose directory is gone. */
export async function forgetWorkspace(ctx: Context, dir: WorkspaceDir): Promise<void> {
  await change(ctx, (all) => [all.filter((one) => one.dir !== dir), undefined]);
}

type Edit<T> = (all: Workspace[]) => [Workspace[], T] | Promise<[Workspace[], T]>;

/** One lock for the maps of all VMs: a new name must be free in each. */
async function change<T>(ctx: Context, edit: Edit<T>): Promise<T> {
  const options = { command: ctx.commandLine, signal: ctx.signal, patience: 30_000 };
  return withLock(join(ctx.paths.sharedState, "locks", "workspaces.lock"), options, async () => {
    const before = await listWorkspaces(ctx);
    const [after, result] = await edit(before);
    if (after !== before) {
      await writeJson(ctx.paths.workspaces, { version: 1, workspaces: after } satisfies File);
      const { refreshHosts } = await import("../ssh-hosts/refresh.ts");
      await refreshHosts(ctx, after);
    }
    return result;
  });
}

const lockOf = (ctx: Context, dir: WorkspaceDir) => join(ctx.paths.state, "locks", `ws-${dir}.lock`);

/** Another command of ours works on the workspace now. */
export const isWorkedOn = async (ctx: Context, dir: WorkspaceDir): Promise<boolean> =>
  (await lockHolder(lockOf(ctx, dir))) !== undefined;

/** Runs `work` while no other command of ours works on the same workspace; it is told whether one did just before. */
export function withWorkspaceLock<T>(
  ctx: Context,
  dir: WorkspaceDir,
  work: (waited: boolean) => Promise<T>,
): Promise<T> {
  const onWait = (holder: { command: string; pid: number }) =>
    ctx.out.say(`Waiting for another command to end: ${holder.command} (process ${holder.pid})`);
  const options = { command: ctx.commandLine, signal: ctx.signal, onWait };
  return withLock(lockOf(ctx, dir), options, work);
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
