// From a branch's name to its workspace's directory, for commands that work on sessions alone.
import type { Context } from "../../context.ts";
import { parseBranch } from "../workspace/branch.ts";
import type { Workspace } from "../workspace/registry.ts";
import { findRepository } from "../workspace/repository.ts";
import { requireWorkspace } from "../workspace/require.ts";

/** Throws UserError when the branch has no workspace. */
export async function workspaceOf(ctx: Context, name: string): Promise<Workspace> {
  const branch = await parseBranch(ctx, name);
  return requireWorkspace(ctx, await findRepository(ctx), branch);
}
