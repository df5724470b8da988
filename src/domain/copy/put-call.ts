// One call of the program in the VM that takes files: what it is sent, how long it may be silent, what it answers.
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SSH_FAILED, unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { fromGuest, parsed } from "../../guard/from-guest.ts";
import { sanitizeLines } from "../../guard/sanitize.ts";
import { sshArgv, type Target } from "../../target.ts";
import { PUT } from "./guest/put.ts";
import { strange } from "./head.ts";
import type { GuestStage } from "./left-behind.ts";

/** Milliseconds without a byte either way: unpacking and comparing say nothing. */
const STALL = 600_000;

export interface Putting {
  dir: string;
  branch: string;
  /** Below the workspace's top, or absolute. */
  to: string;
  force: boolean;
}

export type Words = Putting & { mark: string; count: number };

export interface Answer {
  word: string;
  count: number;
  /** As bytes, one character each: to be shown. */
  names: string[];
}

const WORDS = ["gone", "nodir", "noparent", "broken", "dropped", "clash", "differs", "placed"];

export function parsePut(text: string): Answer {
  const [word = "", count = "", ...names] = text.split("\0").slice(0, -1);
  if (!WORDS.includes(word) || !/^\d{0,9}$/.test(count)) throw strange();
  return { word, count: Number(count), names };
}

interface Call extends Words {
  step: "put" | "place" | "drop";
  how: "keep" | "ask" | "force";
}

interface Sent {
  stream: Readable;
  onBytes: (bytes: number) => void;
  /** What killed copies left there: it goes first. */
  left: readonly GuestStage[];
}

export async function callPut(ctx: Context, target: Target, words: Call, sent?: Sent): Promise<Answer> {
  const { step, dir, to, mark, how, count } = words;
  const left = (sent?.left ?? []).flatMap((one) => [one.dir, one.to, one.mark]);
  const asked = [step, dir, to, mark, how, String(count), ...left];
  const argv = sshArgv(target, ["perl", "-e", PUT, "--", ...asked]);
  const stall = startStall();
  const input =
    sent &&
    counted(sent.stream, (bytes) => {
      stall.touch();
      sent.onBytes(bytes);
    });
  const { code, stdout, stderr } = await ctx
    .run(argv, {
      ...(input && { input }),
      encoding: "latin1",
      ok: "any",
      maxKept: 1024 * 1024,
      // What waits there is put away also when the terminal was closed at the question.
      signal: step === "drop" ? stall.signal : AbortSignal.any([ctx.signal, stall.signal]),
    })
    .catch((error: unknown) => {
      throw stall.signal.aborted ? silent() : error;
    })
    .finally(stall.stop);
  const tail = sanitizeLines(stderr).slice(-12);
  if (code === SSH_FAILED) throw unreachable(new ToolError({ argv, code, stderrTail: tail.join("\n") }));
  const said = fromGuest(stdout);
  const answer = code === 0 ? parsed(said, parsePut) : undefined;
  // What tar said of a stream that it could not unpack: mostly a disk that is full.
  if (answer && (answer.word !== "broken" || tail.length === 0)) return answer;
  throw new UserError("The VM could not take the copy.", {
    details: tail,
    hint: "See whether its disk is full: agent-vm status",
  });
}

/** run's own limit counts what comes; here much goes, and nothing comes until the end. */
function startStall(): { signal: AbortSignal; touch: () => void; stop: () => void } {
  const over = new AbortController();
  const begin = () => setTimeout(() => over.abort(), STALL);
  let timer = begin();
  const stop = () => clearTimeout(timer);
  const touch = () => {
    stop();
    timer = begin();
  };
  return { signal: over.signal, touch, stop };
}

const silent = (): UserError =>
  new UserError("The VM took nothing for ten minutes.", {
    hint: "See its state with: agent-vm status",
    exit: EXIT.notReady,
  });

function counted(stream: Readable, add: (bytes: number) => void): Readable {
  const meter = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      add(chunk.length);
      done(null, chunk);
    },
  });
  // A failure of the one that reads ends the one that is read, and the other way round.
  pipeline(stream, meter).catch(() => undefined);
  return meter;
}
