// Ends sessions: their processes are asked, then told to hang up, then killed.
import type { Context } from "../../context.ts";
import { Interrupted, ToolError, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import { callGuest } from "../sync/guest.ts";
import { fields } from "../sync/parse.ts";
import { type EndStep, nextStep } from "./end-steps.ts";
import { END } from "./guest/end.ts";
import { isSessionId, type SessionId } from "./names.ts";

export interface Ending {
  /** Who ends them, for `ps --all`: the VM's stop, or somebody who asked for it. */
  why: "vm" | "kill";
  /** Seconds that they get. */
  grace: number;
  /** Told whenever fewer are left. */
  onLeft?(left: readonly SessionId[]): void;
}

export interface Ended {
  /** Those that had to be killed. */
  killed: readonly SessionId[];
  /** Those that did not go even so. */
  left: readonly SessionId[];
}

const PAUSE = 150;
/** Milliseconds for the kernel to clear away what was killed. */
const AFTER_KILL = 2000;

/** Throws Interrupted on Ctrl-C: they have been asked then, and those that stay are let be. */
export async function endSessions(
  ctx: Context,
  target: Target,
  ids: readonly SessionId[],
  ending: Ending,
): Promise<Ended> {
  if (ids.length === 0) return { killed: [], left: [] };
  try {
    return await end(stepper(ctx, target, ending), ids, { ...ending, signal: ctx.signal });
  } catch (error) {
    // An end that comes later is not ours.
    const calm = { ...ctx, signal: new AbortController().signal };
    if (error instanceof Interrupted)
      await stepper(
        calm,
        target,
        ending,
      )("spare", ids).catch((failure: unknown) => {
        if (!(failure instanceof UserError || failure instanceof ToolError)) throw failure;
      });
    throw error;
  }
}

type Step = (name: EndStep | "spare", of: readonly SessionId[]) => Promise<readonly SessionId[]>;

/** One step for several sessions; gives those that something was left of. */
const stepper =
  (ctx: Context, target: Target, { why }: Ending): Step =>
  async (name, of) => {
    const said = await callGuest(ctx, target, { text: END, args: [name, why, ...of] });
    const still = parsed(said, parseStill);
    return of.filter((id) => still.has(id));
  };

async function end(
  step: Step,
  ids: readonly SessionId[],
  { grace, onLeft, signal }: Ending & { signal: AbortSignal },
): Promise<Ended> {
  const begun = Date.now();
  let left = await step("ask", ids);
  for (let last: EndStep = "ask"; left.length > 0; ) {
    if (signal.aborted) throw new Interrupted();
    onLeft?.(left);
    await new Promise((resolve) => setTimeout(resolve, Math.min(PAUSE, (grace * 1000) / 4)));
    const next = nextStep({ elapsed: (Date.now() - begun) / 1000, grace, last });
    if (next === "kill") return afterKill(left, await step("kill", left), (of) => step("look", of));
    if (next !== "look") last = next;
    left = await step(next, left);
  }
  return { killed: [], left };
}

async function afterKill(
  asked: readonly SessionId[],
  killed: readonly SessionId[],
  look: (of: readonly SessionId[]) => Promise<readonly SessionId[]>,
): Promise<Ended> {
  let left: readonly SessionId[] = await look(asked);
  for (const until = Date.now() + AFTER_KILL; left.length > 0 && Date.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    left = await look(left);
  }
  return { killed, left };
}

/** The answer of END: sessions that something is left of. */
export const parseStill = (answer: string): Set<SessionId> => new Set(fields(answer).filter(isSessionId));
