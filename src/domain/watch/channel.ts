// The one connection of a watch: what the guest's program tells by itself, and what it is asked.
import { PassThrough, Writable } from "node:stream";
import type { Context } from "../../context.ts";
import { type FromGuest, fromGuest } from "../../guard/from-guest.ts";
import { sshArgv, type Target } from "../../target.ts";
import { frame, frames } from "./frames.ts";
import { SENTRY } from "./guest/sentry.ts";

export type Question = "observe" | "look" | "size";

export interface Heard {
  ready(): void;
  /** Names as the VM says them, to compare with ours. */
  changed(dirs: readonly string[]): void;
  watched(dirs: readonly string[]): void;
  names(): void;
  sessions(): void;
}

export interface Wanted {
  /** Each line that a session writes counts, not only what state it is in. */
  lines: boolean;
  /** The workspaces are watched, too. */
  trees: boolean;
}

export interface Channel {
  /** Rejects when the connection ends first. One question of a kind at a time. */
  ask(question: Question, about?: Uint8Array): Promise<FromGuest>;
  /** Resolves when the connection has ended. */
  ended: Promise<void>;
}

export class Disconnected extends Error {}

interface Waiting {
  answer(said: FromGuest): void;
  fail(error: Error): void;
}

/** Bytes that ssh may write to its standard error. */
const MAX_ERRORS = 64 * 1024;

/** Its own connection, made now. It ends with `signal`. */
export function openChannel(
  ctx: Pick<Context, "run">,
  target: Target,
  { wanted, heard, signal }: { wanted: Wanted; heard: Heard; signal: AbortSignal },
): Channel {
  const waiting = new Map<string, Waiting>();
  const input = new PassThrough();
  const take = frames();
  const hear = ({ name, bytes }: { name: string; bytes: string }) => {
    const asked = name.startsWith("=") ? waiting.get(name) : undefined;
    waiting.delete(name);
    if (asked) asked.answer(fromGuest(bytes));
    else if (name === "ready") heard.ready();
    else if (name === "changed") heard.changed(bytes.split("\0"));
    else if (name === "watched") heard.watched(bytes.split("\0"));
    else if (name === "names") heard.names();
    else if (name === "sessions") heard.sessions();
  };
  const into = new Writable({
    write: (bytes: Buffer, _encoding, done) => {
      try {
        for (const one of take(bytes)) hear(one);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  }).on("error", () => undefined);
  const words = [wanted.lines ? "lines" : "", wanted.trees ? "trees" : ""];
  const argv = sshArgv(target, ["sh", "-c", SENTRY, "agent-vm", ...words], { ownConnection: true });
  const running = ctx.run(argv, { input, into, ok: "any", signal, maxKept: MAX_ERRORS });
  const ended = running.then(
    () => undefined,
    () => undefined,
  );
  void ended.then(() => {
    input.destroy();
    for (const one of waiting.values()) one.fail(new Disconnected());
  });
  return {
    ended,
    ask: (question, about = new Uint8Array()) =>
      new Promise((answer, fail) => {
        if (input.destroyed) return fail(new Disconnected());
        waiting.set(`=${question}`, { answer, fail });
        input.write(frame(question, about));
      }),
  };
}
