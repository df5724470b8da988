// What a fetch brings before any branch of the host moves: the workspace's commits, and those of its submodules.
import type { Context } from "../../../context.ts";
import { withoutShared } from "../../folding/left-out.ts";
import { bringSubmodules, NO_SITES, type Sites } from "../../submodules/home/sites.ts";
import { bytesOf, type Known } from "../mirror.ts";
import { type Observation, textOf } from "../parse.ts";
import { bringHome } from "./bring-home.ts";
import type { Pair } from "./fetched.ts";
import type { FetchFacts } from "./plan-fetch.ts";

const HEADS = "refs/heads/";

/** They come before the branch that records them moves, and also when it does not. */
export async function bringSubmodulesOf(
  ctx: Context,
  pair: Pair,
  { facts, now, seen }: { facts: FetchFacts; now: string | undefined; seen: Observation },
): Promise<Sites> {
  const { modules } = seen;
  if (now === undefined || (modules.length === 0 && facts.verdict.kind === "equal")) return NO_SITES;
  const host = pair.way.how === "as" ? facts.as?.tip : facts.host;
  return bringSubmodules(ctx, { ...pair, modules }, { tip: now, host });
}

/** The transfer, left out when the host has it all. */
export async function bring(
  ctx: Context,
  { repo, source, target, all }: Pair,
  seen: Observation,
  known: Known,
): Promise<{ now: string | undefined; brought: string[]; tips: string[] }> {
  if (!all && seen.tip === undefined) return { now: undefined, brought: [], tips: [] };
  const { tip } = seen;
  if (!all && tip !== undefined && known.mirror === tip) return { now: tip, brought: [], tips: [tip] };
  const branches = seen.refs.flatMap(({ name, oid }) =>
    name.startsWith(HEADS) ? [{ name: name.slice(HEADS.length), oid }] : [],
  );
  const names = branches.map(({ name }) => name);
  const leaveOut = all ? await withoutShared(ctx, repo, { own: source.branch, names }) : [];
  const coming = branches.filter(({ name }) =>
    all ? !leaveOut.includes(`^${HEADS}${name}`) : name === source.branch,
  );
  const home = await bringHome(ctx, target, repo, source, {
    ...{ all: all && { leaveOut }, branches: coming, lacks: seen.lacks },
  });
  const own = bytesOf(source.branch);
  const brought = [...home.keys()].filter((name) => name !== own);
  return { now: home.get(own), brought: brought.map(textOf), tips: [...home.values()] };
}
