// A command that stays while its ports are forwarded: what becomes of them is said, and at its end they are taken back.
import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import { askKeeper, keeperStatus } from "../keeper/ask.ts";
import { isSameForward } from "../keeper/forwards-wanted.ts";
import type { Forward, KeptForward } from "../keeper/messages.ts";
import { pause } from "../keeper/pause.ts";
import { forwardText } from "./words.ts";

/** What a command asked for, and its process. */
export interface Attached {
  wanted: readonly Forward[];
  holder: number;
}

/** The forwards that are left, each with whether it stood at the last look. */
type Shown = Map<Forward, boolean | undefined>;

/** Milliseconds between looks. */
const LOOK = 1000;

/** Until Ctrl-C, or until nothing is left to show. Throws UserError (1) when the keeper has ended, with the VM for example. */
export async function showUntilOver(ctx: Context, { wanted, holder }: Attached): Promise<void> {
  ctx.out.say("Ctrl-C takes it back.");
  const shown: Shown = new Map(wanted.map((one) => [one, undefined]));
  while (!ctx.signal.aborted && shown.size > 0) {
    const status = await keeperStatus(ctx.paths);
    if (ctx.signal.aborted) break;
    if (status === undefined) throw keeperEnded();
    // One that did not answer in time says nothing of them.
    if (status.forwards !== undefined) tellChanges(ctx, shown, ofHolder(status.forwards, holder));
    await pause(LOOK, ctx.signal);
  }
  if (shown.size > 0) await takeBack(ctx, [...shown.keys()], holder);
}

/** With a holder, not those that another command has by now. */
export async function takeBack(
  { paths }: Pick<Context, "paths">,
  wanted: readonly Forward[],
  holder: number | undefined,
): Promise<void> {
  const forwards = wanted.map((one) => ({ ...one, holder }));
  await askKeeper(paths, { ask: "unforward", forwards }).catch(() => undefined);
}

const ofHolder = (kept: readonly KeptForward[], holder: number) =>
  kept.filter((one) => one.holder === holder);

function tellChanges(ctx: Context, shown: Shown, kept: readonly KeptForward[]): void {
  for (const [one, stood] of [...shown]) {
    const now = kept.find((other) => isSameForward(other, one));
    const text = forwardText(one);
    if (now === undefined) {
      shown.delete(one);
      ctx.out.say(`Taken back by another command: ${text}`);
    } else if (now.up !== stood) {
      shown.set(one, now.up);
      ctx.out.say(
        now.up ? `It stands again: ${text}` : `It is interrupted, and comes back by itself: ${text}`,
      );
    }
  }
}

const keeperEnded = (): UserError =>
  new UserError("Nothing is forwarded any more: the VM was stopped, or its keeper has ended.", {
    hint: "See what runs: agent-vm status",
  });
