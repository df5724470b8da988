// Who listens in a workspace, or in the whole VM, and where it is reached on this host.
import type { Context } from "../../context.ts";
import { parseBranch } from "../workspace/branch.ts";
import { listWorkspaces, type Workspace } from "../workspace/registry.ts";
import { findRepository } from "../workspace/repository.ts";
import { requireWorkspace } from "../workspace/require.ts";
import { toldForwards } from "./forward.ts";
import { lookWhoListens } from "./listening.ts";
import type { ShownListener } from "./words.ts";

/** The workspace of a branch. Throws UserError when there is none. */
export async function workspaceOfBranch(ctx: Context, name: string): Promise<Workspace> {
  const branch = await parseBranch(ctx, name);
  return requireWorkspace(ctx, await findRepository(ctx), branch);
}

/** Without a branch every program of the agent's that listens. Throws UserError (3) when the VM does not run. */
export async function listPorts(ctx: Context, branch: string | undefined): Promise<ShownListener[]> {
  const chosen = branch === undefined ? undefined : await workspaceOfBranch(ctx, branch);
  const all = await lookWhoListens(ctx, await ctx.target({ running: true }));
  const forwards = (await toldForwards(ctx)).filter((one) => one.kind === "local");
  const known = new Map((await listWorkspaces(ctx)).map((one) => [String(one.dir), one.branch]));
  return all
    .filter(({ dir }) => chosen === undefined || dir === chosen.dir)
    .map((one) => ({
      ...one,
      branch: known.get(one.dir),
      forwarded: forwards.filter(({ guest }) => guest === one.port).map(({ host }) => host),
    }));
}
