// How much one fetch takes from the VM, and what is said when more would come.
import type { Context } from "../../../context.ts";
import { EXIT, UserError } from "../../../errors.ts";
import type { Workspace } from "../../workspace/registry.ts";
import { quoted } from "../plan.ts";

/** In MiB. */
export const fetchLimit = (ctx: Context): number => Math.max(1, Math.round(ctx.settings.fetch_limit * 1024));

export function overLimit(ctx: Context, workspace: Workspace, cause?: unknown): UserError {
  const size = `${ctx.settings.fetch_limit} GiB`;
  return new UserError(
    `What the workspace ${workspace.dir} sends is larger than the limit of ${size}; nothing was fetched or moved.`,
    {
      hint: `If you expect that much, raise the limit (GiB): AGENT_VM_FETCH_LIMIT=16 agent-vm fetch ${quoted(workspace.branch)}`,
      exit: EXIT.refused,
      cause,
    },
  );
}
