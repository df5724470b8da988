// Much of what a fetch asks for comes home in a way that goes on where it broke off, before git's own fetch.
import type { Made } from "../../../adapters/receive-pack.ts";
import type { Context } from "../../../context.ts";
import type { Target } from "../../../target.ts";
import type { Workspace } from "../../workspace/registry.ts";
import { fetchLimit, overLimit } from "../fetch/fetch-limit.ts";
import { WORTH_KEEPING } from "../guest/half.ts";
import { hostTrouble } from "../trouble.ts";
import { type Transfer, takeMuch } from "./take.ts";

export interface Coming extends Pick<Transfer, "host" | "make" | "atMost"> {
  workspace: Workspace;
  /** Which of its repositories. */
  place: Transfer["guest"]["place"];
  /** What names of the references that a fetch makes begin with. */
  incoming: string;
  /** How much the host lacks, as the guest says; undefined when it says nothing. */
  lacks: number | undefined;
  /** For people. */
  what: string;
}

const MiB = 1024 * 1024;

/** True when it has come, perhaps as it was when an earlier try broke off; see takeMuch. */
export async function takeHome(
  ctx: Context,
  target: Target,
  { workspace, place, host, make, incoming, lacks = 0, atMost = false, what }: Coming,
): Promise<boolean> {
  if (lacks < WORTH_KEEPING || make.length === 0) return false;
  const { dir, repoId } = workspace;
  const step = ctx.out.step(`fetch ${what}`);
  try {
    const taken = await takeMuch(ctx, target, {
      ...{ key: ["fetch", repoId, dir, ...(place === "own" ? [] : [place])], guest: { dir, place } },
      ...{ host, make, bytes: lacks, atMost },
      // Commits that the agent has left behind since are worth having, too.
      adopt: (begun) => (isOfThese(begun, make, incoming) ? begun : undefined),
      limit: fetchLimit(ctx),
      bound: (bytes) => {
        if (bytes > fetchLimit(ctx) * MiB) throw overLimit(ctx, workspace);
      },
      update: step.update,
      doing: FAILED.doing,
    });
    step.done();
    return taken;
  } catch (error) {
    step.failed();
    throw await hostTrouble(ctx, target, error, { ...FAILED, directory: host.directory, dir });
  }
}

const FAILED = { doing: "the fetch", range: [] };

const isOfThese = (begun: readonly Made[], make: readonly Made[], incoming: string): boolean =>
  begun.every(({ ref }) => ref.startsWith(incoming)) &&
  begun.some(({ ref }) => make.some((one) => one.ref === ref));
