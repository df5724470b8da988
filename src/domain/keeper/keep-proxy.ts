// The keeper's care for the VM's way to this host's proxy: held while a command that asked for it or a session lives.
import type { Context } from "../../context.ts";
import { ToolError, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import { rememberSecrets } from "../../guard/mask.ts";
import { alive } from "../../io/lock.ts";
import { LIVING } from "../session/guest/living.ts";
import { callGuest } from "../sync/guest.ts";
import { openProxyWay, type ProxyWay, type WayParts } from "../vm/proxy-way.ts";
import { readRecord } from "../vm/record.ts";
import { targetFor } from "../vm/ssh-config.ts";
import { decisionLog } from "./decision-log.ts";
import type { Answer, Question } from "./messages.ts";
import { pause } from "./pause.ts";
import { proxyLog, relaySocket } from "./record.ts";

type Holding = Extract<Question, { ask: "proxy" }>;

export interface ProxyCare {
  /** Resolves when the way stands, or another's does. */
  hold(question: Holding): Promise<void>;
  state(): NonNullable<Answer["proxy"]>;
  close(): void;
}

interface Duty {
  say: (text: string) => void;
  signal: AbortSignal;
}

/** Milliseconds between looks whether it is still needed. */
const LOOK = 5000;
/** Looks that a VM may leave unanswered: an hour of the host's being awake. */
const MOST_SILENT = 720;

export function careForProxy(ctx: Context, { say, signal }: Duty): ProxyCare {
  const need = createNeed(ctx);
  const slot = createSlot(ctx, signal);
  let upstream: WayParts["upstream"] | undefined;
  const look = async () => {
    // Somebody may ask for it in the moment in which nobody seems to need it.
    if (slot.way() === undefined || (await need.is()) || need.isAsked()) return;
    slot.close();
    say("nobody needs the way to this host's proxy");
  };
  const keep = async () => {
    while (!signal.aborted) {
      await look().catch(() => undefined);
      await pause(LOOK, signal);
    }
  };
  void keep();
  return {
    hold: async ({ holder, connect, plain, secrets }) => {
      rememberSecrets(secrets);
      need.ask(holder);
      upstream = { connect, plain };
      if (slot.way() === undefined) say("the VM's way to this host's proxy is held");
      // Whoever asked last has the host's present proxy.
      await slot.open(() => upstream ?? { connect, plain });
    },
    state: () => {
      const way = slot.way();
      return way === undefined ? "idle" : way.stands() ? "up" : "waiting";
    },
    close: slot.close,
  };
}

/** The one way: opened and closed one after the other, because the guest has one port for it. */
function createSlot(ctx: Context, signal: AbortSignal) {
  let way: ProxyWay | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  const close = () => {
    const old = way;
    way = undefined;
    if (old !== undefined) void inTurn(() => old.close());
  };
  return {
    way: () => way,
    close,
    open: async (upstream: () => WayParts["upstream"]) => {
      const parts: WayParts = {
        get upstream() {
          return upstream();
        },
        socket: relaySocket(ctx.paths),
        log: decisionLog(proxyLog(ctx.paths)),
      };
      const make = async () => {
        way ??= await openProxyWay(ctx, targetFor(ctx.paths), parts);
        // The keeper has ended meanwhile: nobody else would close it.
        if (signal.aborted) close();
      };
      if (way === undefined) await inTurn(make);
      await way?.ready;
    },
  };
}

/** Who needs it: commands of this host that asked for it, then whatever session lives in the VM. */
function createNeed(ctx: Context) {
  let holders: Holding["holder"][] = [];
  let silent = 0;
  const askVm = async () => {
    const lives = await sessionsLive(ctx);
    silent = lives === undefined ? silent + 1 : 0;
    return lives ?? silent < MOST_SILENT;
  };
  return {
    ask: (holder: Holding["holder"]) => {
      holders = [...holders, holder];
    },
    isAsked: () => holders.length > 0,
    is: async (): Promise<boolean> => {
      const looked = holders;
      const living = await Promise.all(looked.map(alive));
      holders = holders.filter((one) => living[looked.indexOf(one)] !== false);
      const { proxy } = (await readRecord(ctx.paths)) ?? {};
      if (proxy !== undefined) return holders.length > 0 || (await askVm());
      holders = [];
      return false;
    },
  };
}

/** Undefined when the VM does not say. */
async function sessionsLive(ctx: Context): Promise<boolean | undefined> {
  try {
    const said = await callGuest(ctx, targetFor(ctx.paths), { text: LIVING, most: 1024 });
    return parsed(said, parseLiving);
  } catch (error) {
    if (error instanceof UserError || error instanceof ToolError) return undefined;
    throw error;
  }
}

/** The answer of LIVING. */
export const parseLiving = (answer: string): boolean | undefined =>
  answer === "some" ? true : answer === "none" ? false : undefined;
