// `watch`: what happens in the VM, one line of JSON each, until Ctrl-C.
import type { Context } from "../../context.ts";
import { jsonLine } from "../../guard/sanitize.ts";
import { eventsBetween, type WatchEvent } from "./events.ts";
import type { Facts } from "./facts.ts";
import { type Following, follow } from "./follow.ts";
import { createNotifier } from "./notify.ts";
import { type Later, settled } from "./settle.ts";
import { vmWords } from "./words.ts";

export interface WatchOptions {
  notify: boolean;
  reach: Following["reach"];
}

export async function watchEvents(ctx: Context, { notify, reach }: WatchOptions): Promise<void> {
  const tell = notify ? settled(createNotifier(ctx, ctx.settings.notify), later) : undefined;
  let before: Facts | undefined;
  let said: string | undefined;
  const onFacts = (after: Facts) => {
    const words = after.connected || after.vm === "running" ? undefined : vmWords(after, ctx.paths.vm);
    if (words !== said) ctx.out.say(words ?? "The VM answers again.");
    said = words;
    // What is seen while it is not all is told together.
    if (!after.connected && before?.connected !== true) return;
    for (const event of eventsBetween(before, after)) {
      ctx.out.answer(
        jsonLine({ schema: 1, time: new Date().toISOString(), ...event } satisfies WatchEvent & Timed),
      );
      tell?.(event);
    }
    before = after;
  };
  await follow(ctx, { reach, trees: true, lines: false, sizes: false, onFacts, signal: ctx.signal });
}

/** Keeps nothing alive. */
const later: Later = (milliseconds, what) => {
  const timer = setTimeout(what, milliseconds).unref();
  return () => clearTimeout(timer);
};

interface Timed {
  /** Version of this form. */
  schema: 1;
  time: string;
}
