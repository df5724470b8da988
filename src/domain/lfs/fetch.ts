// What a fetch does about large files (Git LFS): those that the workspace's new commits name come before a branch moves.
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { nameLines } from "../sync/words.ts";
import type { Repository } from "../workspace/repository.ts";
import { bringObjects, type From } from "./bring.ts";
import { pointersNewTo, pointersOf } from "./pointers.ts";
import { lackedBy, storeOf } from "./store.ts";
import { nowhere } from "./words.ts";

/** What no branch or tag of the host has: with it a fetch that was broken off goes on. */
const NOT_OURS = ["--not", "--exclude=refs/agent-vm/*", "--all"];

export interface Fetching {
  /** The repository of the host whose store gets them. */
  repo: Pick<Repository, "directory" | "commonDir">;
  workspace: From;
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
  const fresh = await pointersNewTo(ctx, repo.directory, tips, NOT_OURS);
  const pointers = fresh.length > 0 ? fresh : await pointersOf(ctx, repo.directory, tips);
  if (pointers.length === 0) return;
  const store = await storeOf(ctx, repo);
  const objects = await lackedBy(store, pointers);
  await bringObjects(ctx, target, workspace, { store, objects });
  const left = (await lackedBy(store, fresh)).map(({ path }) => path);
  if (left.length > 0) ctx.out.warn([nowhere(left.length, inside), ...nameLines("missing", left)].join("\n"));
}
