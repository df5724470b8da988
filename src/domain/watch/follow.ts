// Keeps what is known of the VM, its workspaces and sessions up to date, over one connection that is made again when
// it is lost.
import { setInterval as every } from "node:timers/promises";
import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import type { Target } from "../../target.ts";
import { pause } from "../keeper/pause.ts";
import { isOver } from "../session/state.ts";
import type { VmState } from "../vm/state.ts";
import { unknownYet } from "../workspace/describe.ts";
import { listWorkspaces } from "../workspace/registry.ts";
import { type Channel, Disconnected, openChannel, type Wanted } from "./channel.ts";
import { type Facts, NOTHING_SEEN } from "./facts.ts";
import { hostMark } from "./host-mark.ts";
import { type Keeping, type Looks, looksOf } from "./looks.ts";

export interface Following extends Wanted {
  /** How large the workspaces are is wanted, too. */
  sizes: boolean;
  /** The VM's state; with a target when it can be talked to. Asked again while there is none. */
  reach(signal: AbortSignal): Promise<{ state: VmState; target: Target | undefined }>;
  onFacts(facts: Facts): void;
  signal: AbortSignal;
}

/** Milliseconds. */
const PAUSES = [500, 1000, 2000, 5000, 10_000] as const;
const TICK = 1000;
/** What nobody told us of is seen so many ticks later. */
const SWEEP = 60;
/** Memory and CPU change without a word. */
const NUMBERS = 5;

/** Until the signal. */
export async function follow(ctx: Context, following: Following): Promise<void> {
  const { signal, reach, onFacts } = following;
  let facts: Facts = { ...NOTHING_SEEN };
  const update = (change: Partial<Facts>) => {
    facts = { ...facts, ...change };
    if (!signal.aborted) onFacts(facts);
  };
  for (let tries = 0; !signal.aborted; tries += 1) {
    const found = await reach(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (found === undefined) return;
    const { state, target } = found;
    if (target === undefined) {
      const workspaces = (await listWorkspaces(ctx)).map(unknownYet);
      update({ vm: state, connected: false, ...(facts.workspaces.length === 0 && { workspaces }) });
    } else {
      const trouble = await connection(ctx, target, { following, facts: () => facts, update });
      if (signal.aborted) return;
      if (facts.connected) tries = 0;
      update({ vm: "not answering", connected: false, trouble });
    }
    await pause(PAUSES[Math.min(tries, PAUSES.length - 1)] ?? TICK, signal);
  }
}

/** One connection until it ends; what made us give it up, if it was us. */
async function connection(
  ctx: Context,
  target: Target,
  keeping: Keeping & { following: Following },
): Promise<string | undefined> {
  const { following } = keeping;
  const own = new AbortController();
  const signal = AbortSignal.any([following.signal, own.signal]);
  let trouble: string | undefined;
  const onError = (error: unknown) => {
    if (!(error instanceof Disconnected) && !signal.aborted)
      trouble = error instanceof UserError ? error.message : String(error);
    own.abort();
  };
  let channel: Channel | undefined;
  const looks = looksOf(ctx, keeping, { channel: () => channel ?? failNow(), signal, onError });
  const heard = {
    ready: looks.begin,
    changed: looks.changed,
    watched: looks.unsure,
    names: looks.names,
    sessions: looks.sessions,
  };
  channel = openChannel(ctx, target, { wanted: following, heard, signal });
  void ticks(ctx, keeping, { following, looks, signal }).catch(onError);
  await channel.ended;
  own.abort();
  return trouble;
}

function failNow(): never {
  throw new Disconnected();
}

interface Ticking {
  following: Following;
  looks: Looks;
  signal: AbortSignal;
}

/** What changes on the host is seen here, and what the guest tells nobody. */
async function ticks(ctx: Context, { facts }: Keeping, ticking: Ticking): Promise<void> {
  const { following, looks, signal } = ticking;
  let mark: string | undefined;
  let count = 0;
  for await (const _ of quietly(every(TICK, undefined, { signal, ref: false }))) {
    count += 1;
    const question = looks.question();
    if (question) {
      const now = await hostMark(ctx, question);
      // The first one may be younger than the first look.
      if (now !== mark) looks.host();
      mark = now;
    }
    if (count % SWEEP === 0) {
      if (following.trees) looks.sweep();
      looks.sessions();
    } else if (following.lines && count % NUMBERS === 0) {
      if (facts().sessions?.some((one) => !isOver(one.state))) looks.sessions();
    }
  }
}

/** An end by the signal is no failure. */
async function* quietly<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "AbortError") throw error;
  }
}
