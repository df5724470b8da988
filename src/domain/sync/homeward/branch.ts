// Much of a workspace's branch comes home in a way that goes on where it broke off, before git's own fetch.
import type { Context } from "../../../context.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Target } from "../../../target.ts";
import type { Workspace } from "../../workspace/registry.ts";
import type { Repository } from "../../workspace/repository.ts";
import { fetchLimit, overLimit } from "../fetch-limit.ts";
import { WORTH_KEEPING } from "../guest/half.ts";
import { takeMuch } from "./take.ts";

export interface Branch {
  repo: Repository;
  workspace: Workspace;
  /** Its commit and how many bytes of it the host lacks, as the guest says. */
  tip: string;
  lacks: number;
  /** What names of references that a fetch makes begin with. */
  incoming: string;
}

const MiB = 1024 * 1024;

/** True when the branch has come, perhaps as it was when an earlier try broke off; see takeMuch. */
export async function takeBranch(
  ctx: Context,
  target: Target,
  { repo, workspace, tip, lacks, incoming }: Branch,
): Promise<boolean> {
  // A short history has ends that the pack says nothing of.
  if (repo.shallow || lacks < WORTH_KEEPING) return false;
  const step = ctx.out.step(`fetch the commits of ${sanitize(workspace.branch)} from ${workspace.dir}`);
  const ref = incoming + workspace.branch;
  try {
    const taken = await takeMuch(ctx, target, {
      ...{ key: ["fetch", repo.id, workspace.dir], dir: workspace.dir, place: "own", bytes: lacks },
      ...{ directory: repo.directory, gitDir: repo.commonDir, make: [{ ref, oid: tip }] },
      // Commits that the agent has left behind since are worth having, too.
      adopt: (begun) => (begun[0]?.ref === ref ? begun : undefined),
      limit: fetchLimit(ctx),
      bound: (bytes) => {
        if (bytes > fetchLimit(ctx) * MiB) throw overLimit(ctx, workspace);
      },
      update: step.update,
      doing: "the fetch",
    });
    step.done();
    return taken;
  } catch (error) {
    step.failed();
    throw error;
  }
}
