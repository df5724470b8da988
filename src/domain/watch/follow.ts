// Keeps what is known of the VM, its workspaces and sessions up to date, over one connection that is made again when
// it is lost.
import { setInterval as every } from "node:timers/promises";
import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import { pause } from "../keeper/pause.ts";
import { agentReports, listed } from "../session/list.ts";
import { parseWholeSessions } from "../session/seen.ts";
import { isOver } from "../session/state.ts";
import { nulSeparated } from "../sync/guest.ts";
import { askedBytes } from "../sync/observe.ts";
import { parseOverview } from "../sync/parse.ts";
import type { VmState } from "../vm/state.ts";
import {
  described,
  type Question,
  questionOf,
  unknownYet,
  type WorkspaceStatus,
} from "../workspace/describe.ts";
import { listWorkspaces } from "../workspace/registry.ts";
import { type Channel, Disconnected, openChannel, type Wanted } from "./channel.ts";
import { type Facts, NOTHING_SEEN } from "./facts.ts";
import { hostMark } from "./host-mark.ts";
import { parseSizes } from "./sizes.ts";
import { whenever } from "./whenever.ts";

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

interface Keeping {
  following: Following;
  facts(): Facts;
  update(change: Partial<Facts>): void;
}

/** One connection until it ends; what made us give it up, if it was us. */
async function connection(ctx: Context, target: Target, keeping: Keeping): Promise<string | undefined> {
  const own = new AbortController();
  const signal = AbortSignal.any([keeping.following.signal, own.signal]);
  let trouble: string | undefined;
  const onError = (error: unknown) => {
    if (!(error instanceof Disconnected) && !signal.aborted)
      trouble = error instanceof UserError ? error.message : String(error);
    own.abort();
  };
  let channel: Channel | undefined;
  const looks = looksOf(ctx, keeping, () => channel ?? failNow());
  const want = {
    workspaces: whenever(looks.workspaces, { signal, onError }),
    sessions: whenever(looks.sessions, { signal, onError }),
    sizes: whenever(looks.sizes, { signal, onError }),
  };
  const { trees, sizes } = keeping.following;
  const all = () => {
    looks.due.all = true;
    if (trees) want.workspaces();
    want.sessions();
  };
  const heard = {
    ready: all,
    changed: (dirs: readonly string[]) => {
      // Whatever else the VM names is not remembered.
      const ours = dirs.filter((dir) => looks.question()?.asked.some((one) => one.dir === dir));
      for (const dir of ours) looks.due.dirs.add(dir);
      if (ours.length > 0) want.workspaces();
    },
    names: all,
    sessions: want.sessions,
  };
  looks.measured = sizes ? want.sizes : () => undefined;
  channel = openChannel(ctx, target, { wanted: keeping.following, heard, signal });
  void ticks(ctx, keeping, { looks, all, sessions: want.sessions, signal }).catch(onError);
  await channel.ended;
  own.abort();
  return trouble;
}

function failNow(): never {
  throw new Disconnected();
}

interface Looks {
  due: { all: boolean; dirs: Set<string>; sessions: boolean };
  question(): Question | undefined;
  measured(): void;
  workspaces(): Promise<void>;
  sessions(): Promise<void>;
  sizes(): Promise<void>;
}

/** Milliseconds until a workspace that changed is measured again. */
const STALE = 60_000;
/** Workspaces that are measured in one question. */
const SOME = 8;

function looksOf(ctx: Context, { following, facts, update }: Keeping, channel: () => Channel): Looks {
  let question: Question | undefined;
  const reports = agentReports(ctx);
  // Whoever awaits it tells.
  reports.catch(() => undefined);
  const measured = new Map<string, number>();
  const unmeasured = new Set<string>();
  // Connected is who has seen everything once.
  const unseen = new Set(following.trees ? ["workspaces", "sessions"] : ["sessions"]);
  const seenAll = (what: string): Partial<Facts> => {
    unseen.delete(what);
    return unseen.size > 0 ? {} : { vm: "running", connected: true, trouble: undefined };
  };
  const looks: Looks = {
    due: { all: true, dirs: new Set(), sessions: false },
    question: () => question,
    measured: () => undefined,
    workspaces: async () => {
      const { all, dirs } = looks.due;
      looks.due = { ...looks.due, all: false, dirs: new Set() };
      if (all || question === undefined) question = await questionOf(ctx);
      const now = question;
      const asked = all ? now.asked : now.asked.filter((one) => dirs.has(one.dir));
      if (asked.length === 0 && !all) return;
      const said = await channel().ask("observe", askedBytes(asked));
      const only = all ? undefined : new Set<string>(asked.map((one) => one.dir));
      const seen = await described(ctx, now, parsed(said, parseOverview), only);
      update({ workspaces: merged(facts().workspaces, seen, only), ...seenAll("workspaces") });
      const since = Date.now() - STALE;
      for (const { dir } of asked) if ((measured.get(dir) ?? 0) < since) unmeasured.add(dir);
      if (unmeasured.size > 0) looks.measured();
    },
    sessions: async () => {
      const said = await channel().ask("look");
      const sessions = parsed(said, parseWholeSessions);
      // Asked again; what was seen last stands until then.
      looks.due.sessions = sessions === undefined;
      const workspaces = question?.asked ?? (await listWorkspaces(ctx));
      const told = sessions && { sessions: listed(sessions, workspaces, await reports) };
      update({ ...told, ...seenAll("sessions") });
    },
    sizes: async () => {
      const some = [...unmeasured].slice(0, SOME);
      const said = await channel().ask("size", nulSeparated(some, "utf8"));
      const { disk, of } = parsed(said, parseSizes);
      const sizes = new Map(facts().sizes);
      for (const dir of some) {
        unmeasured.delete(dir);
        measured.set(dir, Date.now());
        const size = of.get(dir);
        if (size === undefined) sizes.delete(dir);
        else sizes.set(dir, size);
      }
      update({ sizes, disk });
      if (unmeasured.size > 0) looks.measured();
    },
  };
  return looks;
}

/** What was seen takes the place of what was; a look at some leaves the others, and the order. */
export function merged(
  before: readonly WorkspaceStatus[],
  seen: readonly WorkspaceStatus[],
  only: ReadonlySet<string> | undefined,
): readonly WorkspaceStatus[] {
  if (only === undefined) return seen;
  const news = new Map(seen.map((one) => [one.dir, one]));
  const kept = before.filter((one) => one.state !== "orphan" || news.has(one.dir));
  const known = new Set(kept.map((one) => one.dir));
  return [...kept.map((one) => news.get(one.dir) ?? one), ...seen.filter((one) => !known.has(one.dir))];
}

interface Ticking {
  looks: Looks;
  all(): void;
  sessions(): void;
  signal: AbortSignal;
}

/** What changes on the host is seen here, and what the guest tells nobody. */
async function ticks(ctx: Context, { following, facts }: Keeping, ticking: Ticking): Promise<void> {
  const { looks, all, sessions, signal } = ticking;
  let mark: string | undefined;
  let count = 0;
  const ending = { signal, ref: false };
  for await (const _ of quietly(every(TICK, undefined, ending))) {
    count += 1;
    const question = looks.question();
    if (question) {
      const now = await hostMark(ctx, question);
      // The first one may be younger than the first look.
      if (now !== mark) all();
      mark = now;
    }
    if (count % SWEEP === 0) all();
    else if (looks.due.sessions) sessions();
    else if (following.lines && count % NUMBERS === 0) {
      if (facts().sessions?.some((one) => !isOver(one.state))) sessions();
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
