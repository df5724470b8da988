// What a fetch does about large files (Git LFS): those that the workspace's new commits name come before a branch moves.
import { sizesOf } from "../../adapters/cat-file.ts";
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { scanLate } from "../scan/gate.ts";
import { nameLines } from "../sync/words.ts";
import type { Workspace } from "../workspace/registry.ts";
import type { Repository } from "../workspace/repository.ts";
import { bringObjects, type From } from "./bring.ts";
import { pointersNewTo, pointersOf } from "./pointers.ts";
import { lackedBy, storeOf } from "./store.ts";
import { nowhere } from "./words.ts";

/** What no branch or tag of the host has: with it a fetch that was broken off goes on. */
const NOT_OURS = ["--not", "--exclude=refs/agent-vm/*", "--all"];

/** Of a fetch that is only tried: the most that would come, or "unknown" while the commits are in the VM alone. */
export type LargeFilesToCome = { count: number; bytes: number } | "unknown";

/** What the host's store lacks of what a commit of the workspace names. */
export async function largeFilesToCome(
  ctx: Context,
  repo: Repository,
  tip: string,
): Promise<LargeFilesToCome> {
  if ((await sizesOf(ctx, repo.directory, [tip], "commit")).size === 0) return "unknown";
  const { pointers } = await pointersFor(ctx, repo, [tip]);
  const lacked = pointers.length === 0 ? [] : await lackedBy(await storeOf(ctx, repo), pointers);
  return { count: lacked.length, bytes: lacked.reduce((sum, { size }) => sum + size, 0) };
}

/** `fresh`: those of commits that the host has not yet; without any, those of the commits' own files are looked at. */
async function pointersFor(
  ctx: Context,
  { directory }: Pick<Repository, "directory">,
  tips: readonly string[],
) {
  const fresh = await pointersNewTo(ctx, directory, tips, NOT_OURS);
  return { fresh, pointers: fresh.length > 0 ? fresh : await pointersOf(ctx, directory, tips) };
}

export interface Fetching {
  /** The repository of the host whose store gets them. */
  repo: Pick<Repository, "id" | "directory" | "commonDir">;
  workspace: From & Pick<Workspace, "branch">;
  /** The path of the submodule that the commits are of. */
  inside?: string;
}

/** Throws UserError when what comes is wrong, or it did not all come; what nobody has is told. */
export async function fetchLargeFiles(
  ctx: Context,
  target: Target,
  { repo, workspace, inside }: Fetching,
  tips: readonly string[],
): Promise<void> {
  const { fresh, pointers } = await pointersFor(ctx, repo, tips);
  if (pointers.length === 0) return;
  const store = await storeOf(ctx, repo);
  const objects = await lackedBy(store, pointers);
  await bringObjects(ctx, target, workspace, { store, objects });
  // All of them: one that came before, and was refused, is asked about again.
  await scanLate(ctx, { repo, workspace }, "came", pointers);
  const left = (await lackedBy(store, fresh)).map(({ path }) => path);
  if (left.length > 0) ctx.out.warn([nowhere(left.length, inside), ...nameLines("missing", left)].join("\n"));
}
