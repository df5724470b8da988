// The keeper's forwarded ports: each an ssh of its own, made again when it is lost, until it is taken back.
import { PassThrough } from "node:stream";
import type { Context } from "../../context.ts";
import { alive } from "../../io/lock.ts";
import { sshArgv } from "../../target.ts";
import { targetFor } from "../vm/ssh-config.ts";
import { readWantedForwards, writeWantedForwards } from "./forwards-wanted.ts";
import { HOLD, saysUp } from "./hold-line.ts";
import type { Forward, KeptForward, Question } from "./messages.ts";
import { pause } from "./pause.ts";
import { tethered } from "./tether.ts";

type Asked = Extract<Question, { ask: "forward" }>;

export interface ForwardCare {
  /** Those of a keeper that was killed, without waiting for them. */
  resume(): Promise<void>;
  /** Resolves when it stands, or could not be made at once. */
  hold(question: Asked): Promise<void>;
  take(question: Extract<Question, { ask: "unforward" }>): Promise<void>;
  state(): KeptForward[];
  close(): void;
}

interface Duty {
  say: (text: string) => void;
  signal: AbortSignal;
}

interface Held {
  asked: Asked;
  up: boolean;
  over: AbortController;
  ended: Promise<void>;
}

/** Milliseconds between looks whether the commands that hold one live. */
const LOOK = 1000;
/** Milliseconds in which a new one stands, or is said not to. */
const SETTLED = 30_000;
/** Milliseconds before a lost one is tried again. */
const AGAIN = [300, 1000, 3000, 10_000, 30_000] as const;

export function careForForwards(ctx: Context, { say, signal }: Duty): ForwardCare {
  const held = new Map<string, Held>();
  const drop = async (name: string) => {
    const one = held.get(name);
    if (one === undefined) return;
    held.delete(name);
    one.over.abort();
    say(`no longer forwarded: ${name}`);
    await one.ended;
  };
  const look = async () => {
    for (const [name, { asked }] of [...held])
      if (asked.holder !== undefined && !(await alive(asked.holder))) await drop(name);
  };
  const watch = async () => {
    for (; !signal.aborted; await pause(LOOK, signal)) await look().catch(() => undefined);
  };
  void watch();
  /** `settled`: it stands, or could not be made at once. */
  const begin = async (asked: Asked): Promise<{ settled: Promise<unknown> }> => {
    const name = nameOf(asked.forward);
    // Time after time: somebody else may have asked while the last one ended.
    while (held.has(name)) await drop(name);
    // Nobody would end it any more.
    if (signal.aborted) return { settled: Promise.resolve() };
    const over = new AbortController();
    const one: Held = { asked, up: false, over, ended: Promise.resolve() };
    held.set(name, one);
    say(`forwarded: ${name}`);
    const settled = new Promise<void>((resolve) => {
      one.ended = keepUp(ctx, one, resolve);
    });
    // A VM that lets us in and then says nothing keeps nobody waiting.
    return { settled: Promise.race([settled, pause(SETTLED, over.signal)]) };
  };
  const note = createNote(ctx, signal, held);
  return {
    resume: async () => {
      for (const wanted of await readWantedForwards(ctx.paths)) await begin({ ask: "forward", ...wanted });
    },
    hold: async (asked) => {
      const { settled } = await begin(asked);
      await note();
      await settled;
    },
    take: async ({ forwards }) => {
      const chosen = forwards?.filter((one) => isHeldBy(held.get(nameOf(one)), one.holder)).map(nameOf);
      for (const name of chosen ?? [...held.keys()]) await drop(name);
      await note();
    },
    state: () =>
      [...held.values()].map(({ asked, up }) => ({
        ...asked.forward,
        up,
        since: asked.since,
        ...(asked.holder !== undefined && { holder: asked.holder.pid }),
      })),
    close: () => {
      for (const { over } of held.values()) over.abort();
    },
  };
}

/** Writes down which are to come back after this process was killed: those that no command holds. */
function createNote(ctx: Context, signal: AbortSignal, held: ReadonlyMap<string, Held>) {
  let turn: Promise<void> = Promise.resolve();
  return (): Promise<void> => {
    const write = async () => {
      // The end of this process is either a stop of the VM, which wants none, or one in which nothing is held.
      if (signal.aborted) return;
      const wanted = [...held.values()].flatMap(({ asked: { forward, since, holder } }) =>
        holder === undefined ? [{ forward, since }] : [],
      );
      await writeWantedForwards(ctx.paths, wanted);
    };
    turn = turn.then(write, write);
    return turn;
  };
}

const isHeldBy = (one: Held | undefined, holder: number | undefined): boolean =>
  holder === undefined || one?.asked.holder?.pid === holder;

/** One host port is forwarded once, and one of the VM offered once. */
const nameOf = ({ kind, host, guest }: Pick<Forward, "kind" | "host" | "guest">): string =>
  kind === "local" ? `127.0.0.1:${host}, to the VM` : `port ${guest} of the VM, to this host`;

async function keepUp(ctx: Context, one: Held, settled: () => void): Promise<void> {
  const { signal } = one.over;
  for (let failures = 0; !signal.aborted; failures++) {
    const input = new PassThrough();
    const onLine = (line: string) => {
      if (!saysUp(line)) return;
      one.up = true;
      failures = 0;
      settled();
    };
    const options = { input, onLine, signal, ok: "any", maxKept: 64 * 1024 } as const;
    await ctx.run(tethered(forwardArgv(ctx, one.asked.forward)), options).catch(() => undefined);
    one.up = false;
    input.destroy();
    settled();
    if (!signal.aborted) await pause(AGAIN[Math.min(failures, AGAIN.length - 1)] ?? LOOK, signal);
  }
}

/** On loopback at both ends. A server in the VM may listen on either of its two loopback addresses. */
function forwardArgv(ctx: Context, { kind, host, guest }: Forward): string[] {
  const [ssh = "ssh", ...rest] = sshArgv(targetFor(ctx.paths), HOLD, { ownConnection: true });
  const way =
    kind === "local"
      ? ["-L", `127.0.0.1:${host}:localhost:${guest}`]
      : ["-R", `127.0.0.1:${guest}:127.0.0.1:${host}`];
  return [ssh, "-o", "ClearAllForwardings=no", "-o", "ExitOnForwardFailure=yes", ...way, ...rest];
}
