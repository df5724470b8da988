// What the host's branch gained by a fetch: how many commits, their lines, and which files.
import type { Context } from "../../../context.ts";
import type { Repository } from "../../workspace/repository.ts";
import { commitCount, commitLines, diffStat } from "./commits.ts";
import type { Moved } from "./fetch-steps.ts";
import type { FetchPlan } from "./plan-fetch.ts";

/** `now` is the workspace's commit; nothing is gained where nothing moved. */
export async function gainedBy(
  ctx: Context,
  { directory }: Repository,
  { plan, moved, now }: { plan: FetchPlan; moved: Moved | undefined; now: string },
) {
  // What a rebase made anew is listed by its new ids, everything else by the workspace's own.
  const shown = plan.do === "advance" && plan.how === "rebase workspace" ? moved?.to : now;
  return {
    from: moved?.from,
    to: moved?.to,
    gained: moved?.from && shown ? await commitCount(ctx, directory, shown, moved.from) : 0,
    commits: moved && shown ? await commitLines(ctx, directory, shown, moved.from) : [],
    stat: moved?.from ? await diffStat(ctx, directory, moved.from, moved.to) : [],
  };
}
