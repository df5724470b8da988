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
  const asJson = (facts: Facts) => statusLine(ctx.paths.vm, facts);
  const what = { trees: true, lines: false, sizes: true, view: statusView };
  await showLive(ctx, { ...what, reach, json: json ? asJson : undefined });
}

export async function watchSessions(
  ctx: Context,
  { all, json }: { all: boolean; json: boolean },
): Promise<void> {
  await requireVm(ctx);
  const reach = reachQuietly(ctx);
  const asJson = (facts: Facts) => sessionsLine(ctx.paths.vm, facts, all);
  const what = { trees: false, lines: true, sizes: false, view: psView(all) };
  await showLive(ctx, { ...what, reach, json: json ? asJson : undefined });
}

const about = (vm: string, facts: Facts) => ({
  schema: 1 as const,
  vm,
  state: facts.vm,
  connected: facts.connected,
});

/** A line of `status --watch --json`. */
export const statusLine = (vm: string, facts: Facts) => ({
  ...about(vm, facts),
  disk: facts.disk,
  workspaces: facts.workspaces.map((one) => ({ ...one, size: facts.sizes.get(one.dir) })),
  sessions: facts.sessions,
});

/** A line of `ps --watch --json`. */
export const sessionsLine = (vm: string, facts: Facts, all: boolean) => ({
  ...about(vm, facts),
  sessions: facts.sessions?.filter((one) => all || !isOver(one.state)),
});
