// Nothing is deleted under those who work in a workspace; a shell that only waits at its prompt does not count as work.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import { callGuest } from "../sync/guest.ts";
import { fields, textOf } from "../sync/parse.ts";
import { processesIn } from "../sync/save/processes.ts";
import { endSessions } from "./end.ts";
import { FAMILIES } from "./guest/end.ts";
import { type ListedSession, listSessions } from "./list.ts";
import { isSessionId } from "./names.ts";
import { atWorkError, type Member, type Occupants, occupantsOf } from "./occupants.ts";
import { runningLine } from "./running.ts";

/** Throws UserError (4) that names everybody who is there and says how to end it. */
export async function refuseAtWork(ctx: Context, target: Target, dirs: readonly string[]): Promise<void> {
  const { idle, busy, strangers } = await lookWho(ctx, target, dirs);
  const all = [...busy, ...idle];
  if (all.length + strangers.length > 0) throw atWorkError({ busy: all, strangers });
}

/** The shells that may be ended, which is said; throws UserError (4) when anybody else is there. */
export async function idleShellsIn(
  ctx: Context,
  target: Target,
  dirs: readonly string[],
): Promise<readonly ListedSession[]> {
  const { idle, busy, strangers } = await lookWho(ctx, target, dirs);
  if (busy.length + strangers.length > 0) throw atWorkError({ busy, strangers });
  if (idle.length > 0)
    ctx.out.say(["This waits at its prompt, and is ended first:", ...idle.map(runningLine)].join("\n"));
  return idle;
}

/** Seconds for a shell to go; it has nothing to finish. */
const GRACE = 5;

/** Looks once more: nobody may have begun to work in one meanwhile. */
export async function endIdleShells(
  ctx: Context,
  target: Target,
  shells: readonly ListedSession[],
): Promise<void> {
  if (shells.length === 0) return;
  const still = await idleShellsNow(ctx, target, shells);
  const { left } = await endSessions(ctx, target, still, { why: "kill", grace: GRACE });
  if (left.length === 0) return;
  throw new UserError("A shell there does not end; nothing was deleted.", {
    hint: "Look at its processes: agent-vm connect -- ps xf",
    exit: EXIT.refused,
  });
}

async function idleShellsNow(ctx: Context, target: Target, shells: readonly ListedSession[]) {
  const ids = new Set(shells.map((one) => one.id));
  const { idle } = await lookWho(ctx, target, [...new Set(shells.map((one) => one.dir))]);
  return idle.map((one) => one.id).filter((id) => ids.has(id));
}

async function lookWho(ctx: Context, target: Target, dirs: readonly string[]): Promise<Occupants> {
  const processes = await processesIn(ctx, target, dirs);
  if (processes.length === 0) return { idle: [], busy: [], strangers: [] };
  const said = await callGuest(ctx, target, { text: FAMILIES });
  const members = parsed(said, parseMembers);
  return occupantsOf(processes, await listSessions(ctx, target), members);
}

/** The answer of FAMILIES. */
export function parseMembers(answer: string): Member[] {
  const words = fields(answer);
  const found: Member[] = [];
  for (let at = 0; at + 2 < words.length; at += 3) {
    const [id = "", pid = "", name = ""] = words.slice(at, at + 3);
    if (isSessionId(id) && /^\d{1,10}$/.test(pid)) found.push({ id, pid: Number(pid), name: textOf(name) });
  }
  return found;
}
