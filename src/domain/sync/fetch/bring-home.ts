// The pinned fetch: a workspace's branches into references of ours, with limits, and nothing left behind when it fails.
import { readdir, readlink, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { transfer } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { ToolError } from "../../../errors.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Target } from "../../../target.ts";
import type { Workspace } from "../../workspace/registry.ts";
import type { Repository } from "../../workspace/repository.ts";
import { showProgress } from "../git-progress.ts";
import { WORTH_KEEPING } from "../guest/half.ts";
import { type Coming, takeHome } from "../homeward/home.ts";
import { bytesOf, keepWhatLeaves, listRefs, makeRoom, mirrorRef, updateRefs } from "../mirror.ts";
import { textOf } from "../parse.ts";
import { hostTrouble } from "../trouble.ts";
import { fetchLimit, overLimit } from "./fetch-limit.ts";

interface Branch {
  /** As text. */
  name: string;
  oid: string;
}

export interface What {
  all: false | { leaveOut: readonly string[] };
  /** What comes, and the bytes that the host lacks of it, of all branches at most; as the guest says. */
  branches: readonly Branch[];
  lacks: number | undefined;
}

/**
 * Fetches the workspace's branch (`all`: every branch but some, as refspecs) and moves the mirrors there. Returns the
 * branches that came, names as bytes, with their commits. A previous value that the new one does not contain goes to the vault before its mirror moves.
 * Throws UserError when the transfer fails or is larger than the limit: nothing was moved then.
 */
export async function bringHome(
  ctx: Context,
  target: Target,
  repo: Repository,
  workspace: Workspace,
  { all, branches, lacks }: What,
): Promise<Map<string, string>> {
  const incoming = `refs/agent-vm/${workspace.dir}/incoming/`;
  // What a killed run had fetched is whole, and the agent may have amended it away since.
  const left = await refsBelow(ctx, repo, incoming);
  if (left.size > 0) await settle(ctx, repo, workspace, left);
  const much = { branches, lacks, incoming, atMost: all !== false };
  // What an earlier try had begun may not be all by now.
  if (await takeAhead(ctx, target, repo, workspace, much))
    await takeAhead(ctx, target, repo, workspace, { ...much, atMost: true });
  const refspecs = all
    ? [`+refs/heads/*:${incoming}*`, ...all.leaveOut]
    : [`+refs/heads/${workspace.branch}:${incoming}${workspace.branch}`];
  const what = `${all ? "all branches" : sanitize(workspace.branch)} from ${workspace.dir}`;
  return receive(ctx, target, { ...repo, workspace, from: workspace.dir, refspecs, what }, async () => {
    const come = await refsBelow(ctx, repo, incoming);
    await settle(ctx, repo, workspace, come);
    return come;
  });
}

/** Much of it, before git's own fetch; true when some of it came. */
async function takeAhead(
  ctx: Context,
  target: Target,
  repo: Repository,
  workspace: Workspace,
  {
    branches,
    lacks = 0,
    incoming,
    atMost,
  }: Pick<What, "branches" | "lacks"> & Pick<Coming, "incoming" | "atMost">,
): Promise<boolean> {
  if (lacks < WORTH_KEEPING) return false;
  const known = await refsBelow(ctx, repo, mirrorRef(workspace, ""));
  const missing = branches.filter(({ name, oid }) => known.get(bytesOf(name)) !== oid && isText(name));
  const make = missing.slice(0, MAX_MADE).map(({ name, oid }) => ({ ref: incoming + name, oid }));
  const host = { directory: repo.directory, gitDir: repo.commonDir };
  const what = `the commits of ${sanitize(workspace.branch)} from ${workspace.dir}`;
  const taken = await takeHome(ctx, target, {
    ...{ workspace, place: "own", host, make, incoming, lacks, what },
    ...(atMost && { atMost }),
  });
  if (taken) await settle(ctx, repo, workspace, await refsBelow(ctx, repo, incoming));
  return taken;
}

/** References that are made at once; git's own fetch brings the rest. */
const MAX_MADE = 1000;

/** Whether its bytes were a name in UTF-8: what was lost in reading names another branch. */
const isText = (name: string): boolean => !name.includes("\ufffd");

export interface Delivery extends Pick<Repository, "directory" | "commonDir"> {
  workspace: Workspace;
  /** The path below ~/workspace. */
  from: string;
  refspecs: readonly string[];
  /** For people. */
  what: string;
}

/**
 * References of a repository in the guest into one of the host, by the pinned fetch; then `settled`. Throws UserError
 * when the transfer fails or is larger than the limit: nothing was moved then.
 */
export async function receive<T>(
  ctx: Context,
  target: Target,
  { directory, commonDir, workspace, from, refspecs, what }: Delivery,
  settled: () => Promise<T>,
): Promise<T> {
  const step = ctx.out.step(`fetch ${what}`);
  const watch = await watchPacks(commonDir);
  const limit = fetchLimit(ctx);
  try {
    const onLine = showProgress(step.update, "checking what came");
    await transfer(ctx, directory, { target, dir: from, verb: "fetch", refspecs, limit, onLine });
  } catch (error) {
    step.failed();
    const tooLarge = await watch.removeLeftovers(limit * MiB);
    if (tooLarge && error instanceof ToolError) throw overLimit(ctx, workspace, error);
    const failed = { doing: "the fetch", directory, range: [], dir: workspace.dir };
    throw await hostTrouble(ctx, target, error, failed);
  }
  const result = await settled();
  step.done();
  return result;
}

const MiB = 1024 * 1024;

async function refsBelow(ctx: Context, repo: Repository, below: string): Promise<Map<string, string>> {
  const refs = await listRefs(ctx, repo.directory, [below]);
  return new Map([...refs].map(([ref, oid]) => [ref.slice(below.length), oid]));
}

/** The mirrors move in one transaction, in which the incoming references go. */
async function settle(
  ctx: Context,
  repo: Repository,
  { dir }: Workspace,
  come: ReadonlyMap<string, string>,
): Promise<void> {
  const before = await refsBelow(ctx, repo, mirrorRef({ dir }, ""));
  const moves = [...come].map(([branch, now]) => ({
    branch: textOf(branch),
    now,
    before: before.get(branch),
  }));
  await keepWhatLeaves(ctx, repo, dir, moves);
  const mirrors = [...come.keys()].map((branch) => mirrorRef({ dir }, branch));
  await makeRoom(ctx, repo, dir, mirrors);
  const lines = [...come].flatMap(([branch, now]) => [
    `update ${mirrorRef({ dir }, branch)} ${now}`,
    `delete refs/agent-vm/${dir}/incoming/${branch} ${now}`,
  ]);
  await updateRefs(ctx, repo.directory, lines);
}

/** git leaves half-written packs when it is ended; what this run made is told from what others write at the same time. */
async function watchPacks(gitDir: string) {
  const directory = join(gitDir, "objects", "pack");
  const list = async () =>
    (await readdir(directory).catch(() => [])).filter((name) => name.startsWith("tmp_"));
  const before = new Set(await list());
  return {
    /** True when one of them had reached the limit. */
    removeLeftovers: async (limit: number): Promise<boolean> => {
      const fresh = (await list()).filter((name) => !before.has(name)).map((name) => join(directory, name));
      const open = fresh.length > 0 ? await openFiles() : new Set<string>();
      let reached = false;
      for (const path of fresh) {
        const size = (await stat(path).catch(() => undefined))?.size ?? 0;
        if (size >= limit) reached = true;
        // Without /proc only what the limit ended is certainly nobody's any more.
        const ours = open === undefined ? size === limit : !open.has(path);
        if (ours) await rm(path, { force: true });
      }
      return reached;
    },
  };
}

/** Paths that any process has open now; undefined where the system does not tell. */
async function openFiles(): Promise<Set<string> | undefined> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) return undefined;
  const found = new Set<string>();
  for (const pid of pids) {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      found.add(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ""));
    }
  }
  return found;
}
