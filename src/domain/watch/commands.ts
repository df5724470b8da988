// What `status --watch` and `ps --watch` show.
import type { Context } from "../../context.ts";
import { isOver } from "../session/state.ts";
import type { Facts } from "./facts.ts";
import { psView } from "./ps-view.ts";
import { reachQuietly, requireVm } from "./reach.ts";
import { showLive } from "./show.ts";
import { statusView } from "./status-view.ts";

export async function watchStatus(ctx: Context, json: boolean): Promise<void> {
  await requireVm(ctx);
  const reach = reachQuietly(ctx);
  const asJson = (facts: Facts) => ({
    ...about(ctx, facts),
    disk: facts.disk,
    workspaces: facts.workspaces.map((one) => ({ ...one, size: facts.sizes.get(one.dir) })),
    sessions: facts.sessions,
  });
  const what = { trees: true, lines: false, sizes: true, view: statusView };
  await showLive(ctx, { ...what, reach, json: json ? asJson : undefined });
}

export async function watchSessions(
  ctx: Context,
  { all, json }: { all: boolean; json: boolean },
): Promise<void> {
  await requireVm(ctx);
  const reach = reachQuietly(ctx);
  const asJson = (facts: Facts) => ({
    ...about(ctx, facts),
    sessions: facts.sessions?.filter((one) => all || !isOver(one.state)),
  });
  const what = { trees: false, lines: true, sizes: false, view: psView(all) };
  await showLive(ctx, { ...what, reach, json: json ? asJson : undefined });
}

const about = (ctx: Context, { vm, connected }: Facts) => ({
  schema: 1,
  vm: ctx.paths.vm,
  state: vm,
  connected,
});
