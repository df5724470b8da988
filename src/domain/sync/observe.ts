// Facts of many workspaces in one round trip; changes nothing.

import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { LOOK as LOOK_AT_SESSIONS } from "../session/guest/look.ts";
import { parseWholeSessions, type SeenSession } from "../session/seen.ts";
import { fsckHint } from "./damage.ts";
import { COME_BACK } from "./guest/leave.ts";
import { HERE, OBSERVE, OBSERVE_ALL, OBSERVE_ONE, SESSIONS } from "./guest/observe.ts";
import { callGuest, nulSeparated } from "./guest.ts";
import { occupied, type Place } from "./occupied.ts";
import { notUnderstood, type Observation, type Overview } from "./parse.ts";
import { quoted } from "./plan.ts";
import { loadRegenerable } from "./save/regenerable.ts";
import { overviewOf, parseOverview, parseTold } from "./told.ts";

export interface Asked {
  dir: string;
  branch: string;
  /** The host's commit of that branch, so that the guest can count; undefined when the host has no such branch. */
  tip?: string | undefined;
  /** The commit that both had at the last sync, so that the guest can tell whether it is still there. */
  synced?: string | undefined;
}

/** "size" says how much the host lacks of the branch, "sizes" how much that is at most of all branches. "deep" lists every reference, not only branches, and the files git was told not to look at: what `clean` must know. */
export type Depth = "counts" | "size" | "sizes" | "deep";

/** What OBSERVE reads. */
export const askedBytes = (asked: readonly Asked[]): Uint8Array =>
  nulSeparated(
    asked.flatMap(({ dir, branch, tip, synced }) => [dir, branch, tip ?? "", synced ?? ""]),
    "utf8",
  );

/** Milliseconds a VM may take to say that it is there. */
const PATIENCE = 8000;

/**
 * The "counts" of workspaces and all sessions, in one round trip. Throws UserError (3) soon when the VM does not answer:
 * whoever calls it needs not ask that first.
 */
export async function observeAll(ctx: Context, target: Target, asked: readonly Asked[]): Promise<Everything> {
  const args = [OBSERVE_ONE, "counts", "", "", LOOK_AT_SESSIONS];
  const answer = await callGuest(ctx, target, {
    ...{ text: OBSERVE_ALL, args, data: askedBytes(asked), begin: PATIENCE },
  });
  return parsed(answer, parseEverything);
}

export interface Everything {
  overview: Overview;
  /** Undefined when they were not told in time. */
  sessions: SeenSession[] | undefined;
}

/** The answer of OBSERVE_ALL. */
export function parseEverything(answer: string): Everything {
  const begin = `${HERE}\0`;
  if (!answer.startsWith(begin)) throw notUnderstood(answer);
  const { names, records } = parseTold(answer.slice(begin.length));
  const sessions = parseWholeSessions(records.get(SESSIONS) ?? "");
  records.delete(SESSIONS);
  return { sessions, overview: overviewOf({ names, records }) };
}

/** What lies in ~/workspace and the facts of the workspaces asked for; with `leaving`, of those that were renamed away. */
export async function observe(
  ctx: Context,
  target: Target,
  asked: readonly Asked[],
  depth: Depth,
  leaving = false,
): Promise<Overview> {
  const data = askedBytes(asked);
  const skip = depth === "deep" ? await loadRegenerable(ctx) : "";
  const place = leaving ? ".agent-vm.leaving." : "";
  const answer = await callGuest(ctx, target, {
    text: OBSERVE,
    args: [OBSERVE_ONE, depth, skip, place],
    data,
  });
  return parsed(answer, parseOverview);
}

/** What LEAVE makes of a workspace's name. */
export const leavingName = (dir: string): string => `.agent-vm.leaving.${dir}`;

/**
 * The facts of one workspace, under its lock: one whose deletion was interrupted comes back to its place first. A state
 * other than "present" is told to the caller as it is.
 */
export async function observeOne(
  ctx: Context,
  target: Target,
  asked: Asked,
  depth: Depth,
): Promise<Observation> {
  let { names, observations } = await observe(ctx, target, [asked], depth);
  if (observations.get(asked.dir)?.state === "missing" && names.includes(leavingName(asked.dir))) {
    await callGuest(ctx, target, { text: COME_BACK, args: [asked.dir] });
    ctx.out.say(`The deletion of the workspace ${asked.dir} was interrupted; it is back in its place.`);
    ({ observations } = await observe(ctx, target, [asked], depth));
  }
  const found = observations.get(asked.dir);
  if (found) return found;
  throw new UserError(`The VM says nothing about the workspace ${asked.dir}.`, { hint: LOOK });
}

const LOOK = "Look at it with: agent-vm connect";

/** For commands that need a workspace in working order, and its own. Throws UserError (4) for another repository's. */
export function requirePresent(found: Observation, asked: Pick<Asked, "branch"> & Place): Observation {
  if (found.state === "present" && found.mark !== asked.repoId) throw occupied(asked, found.mark);
  if (found.state === "present") return found;
  const name = sanitize(asked.branch);
  if (found.state === "missing") {
    throw new UserError(`The workspace ${asked.dir} of "${name}" is not in the VM any more.`, {
      hint: `Make it again with: agent-vm push ${quoted(asked.branch)}`,
    });
  }
  const closed = found.state === "broken" && found.closed.length > 0;
  const broken = closed ? "cannot be read, by its permissions" : "has a repository that git cannot read";
  const what = found.state === "foreign" ? "is not a git repository any more" : broken;
  const hint = found.state === "broken" && !closed ? fsckHint(asked.dir) : LOOK;
  throw new UserError(`The workspace ${asked.dir} of "${name}" ${what}.`, { hint });
}
