// Carries a guarded SFTP connection: packets between sshfs and ssh, with back pressure, until either side ends.
import type { Readable, Writable } from "node:stream";
import { createFrames } from "./frames.ts";
import type { SftpGuard } from "./guard.ts";
import { Violation } from "./violation.ts";

export interface Side {
  input: Readable;
  output: Writable;
}

/** Why a connection ended: one side closed it, a request was left unanswered, or the guest broke the protocol. */
export type End = { why: "closed" | "stalled" } | { why: "violation"; what: string };

export interface RelayOptions {
  guard: SftpGuard;
  host: Side;
  guest: Side;
  now(): number;
  /** Milliseconds a request may stay unanswered. */
  stall: number;
}

/** Milliseconds by which a look comes late when the host, or this process, was stopped. */
const ASLEEP = 1000;

/** Ends with everything destroyed. Memory stays flat: no more than one packet and one chunk of each direction. */
export function relaySftp({ guard, host, guest, now, stall }: RelayOptions): Promise<End> {
  return new Promise((resolve) => {
    const sides = [host.input, host.output, guest.input, guest.output];
    let over = false;
    const end = (result: End) => {
      if (over) return;
      over = true;
      clearInterval(watch);
      for (const stream of sides) stream.destroy();
      resolve(result);
    };
    const every = Math.min(1000, stall / 4);
    let looked = now();
    let awake = looked;
    const watch = setInterval(() => {
      const since = guard.oldest();
      // We were not running (the host slept): the answer may lie here unread, and the guest gets its time anew.
      if (now() - looked > every + ASLEEP) awake = now();
      looked = now();
      if (since !== undefined && looked - Math.max(since, awake) > stall) end({ why: "stalled" });
    }, every);
    for (const stream of sides) {
      stream.on("error", () => end({ why: "closed" }));
      stream.on("close", () => end({ why: "closed" }));
    }
    const broken = (error: unknown) => {
      if (!(error instanceof Violation)) throw error;
      end({ why: "violation", what: error.message });
    };
    const ask = (packet: Buffer, [onward, back]: [Put, Put]) => {
      const decided = guard.fromHost(packet);
      if (decided === "pass") onward(packet);
      else back(decided.answer);
    };
    const goOn = carry(host.input, [guest.output, host.output], broken, ask, guard.isBusy);
    carry(guest.input, [host.output], broken, (packet, [onward]) => {
      const decided = guard.fromGuest(packet);
      onward(decided === "pass" ? packet : decided.instead);
      goOn();
    });
  });
}

type Put = (bytes: Buffer) => void;

/**
 * Reads a stream packet by packet; it waits while one of the streams that are written to is full, and while `holds` says
 * so. Gives what is to be called when that may have changed.
 */
function carry<Outputs extends readonly Writable[]>(
  input: Readable,
  outputs: readonly [...Outputs],
  broken: (error: unknown) => void,
  onPacket: (packet: Buffer, puts: { [At in keyof Outputs]: Put }) => void,
  holds: () => boolean = () => false,
): () => void {
  const full = new Set<Writable>();
  const waits = () => full.size > 0 || holds();
  const goOn = () => {
    if (input.isPaused() && !waits()) input.resume();
  };
  const writers = outputs.map((output) => {
    output.on("drain", () => {
      full.delete(output);
      goOn();
    });
    return createJoiner((bytes) => {
      if (!output.write(bytes)) full.add(output);
    });
  });
  const puts = writers.map(({ put }) => put) as { [At in keyof Outputs]: Put };
  const frames = createFrames((packet) => onPacket(packet, puts));
  input.on("data", (chunk: Buffer) => {
    try {
      frames(chunk);
    } catch (error) {
      return broken(error);
    }
    for (const { flush } of writers) flush();
    if (waits()) input.pause();
  });
  return goOn;
}

/** Neighbouring views of one chunk go out in one write. */
function createJoiner(write: Put): { put: Put; flush(): void } {
  let held: Buffer | undefined;
  const flush = () => {
    if (held) write(held);
    held = undefined;
  };
  const put = (bytes: Buffer) => {
    const joins =
      held !== undefined &&
      held.buffer === bytes.buffer &&
      held.byteOffset + held.length === bytes.byteOffset;
    if (joins && held) held = Buffer.from(held.buffer, held.byteOffset, held.length + bytes.length);
    else {
      flush();
      held = bytes;
    }
  };
  return { put, flush };
}
