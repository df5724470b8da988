// One call that brings the rest of a pack into its part: never more than was announced, never another pack's bytes.
import { createWriteStream } from "node:fs";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Made } from "../../../adapters/receive-pack.ts";
import { unreachable } from "../../../adapters/ssh.ts";
import type { Context } from "../../../context.ts";
import { EXIT, Interrupted, ToolError, UserError } from "../../../errors.ts";
import { sanitizeLines } from "../../../guard/sanitize.ts";
import { bytesText } from "../../../io/bytes-text.ts";
import { sshArgv, type Target } from "../../../target.ts";
import { type LineReader, lineReader } from "../../lfs/reader.ts";
import { showProgress } from "../git-progress.ts";
import type { GuestRepository } from "../guest/place.ts";
import { GIVE } from "./guest/give.ts";
import { notePart, type Part, type Whole } from "./part.ts";

export interface Asked {
  guest: GuestRepository;
  make: readonly Made[];
  seconds?: number;
  /** Objects of the host, what they reach does not travel; and the commits at which its history ends. */
  has: readonly string[];
  ends: readonly string[];
  /** KiB that the guest's disk must have free to make the pack. */
  room: number;
  /** Bytes of a pack that is worth it. */
  least: number;
  /** Throws when the pack is larger than anybody wants, or NotGiven when there is no room for it. */
  bound(bytes: number): Promise<void>;
  update(text: string): void;
}

const SSH_FAILED = 255;
/** Milliseconds without a byte. */
const IDLE = 300_000;
const STDERR = 1024 * 1024;
const MiB = 1024 * 1024;
/** "name size from". */
const LONGEST_LINE = 80;

/** No pack comes: there is another way. */
export class NotGiven extends Error {}

/** The part as it is when all of it is here. Throws NotGiven, or why it broke off; what came by then stays in the part. */
export async function bringPart(
  ctx: Context,
  target: Target,
  asked: Asked,
  part: Part,
): Promise<Part & { whole: Whole }> {
  const words = Buffer.from(listOf(asked));
  const held = part.whole === undefined ? "" : part.whole.name;
  const { guest, room, least } = asked;
  const numbers = [part.bytes, words.length, room, least].map(String);
  const args = [guest.dir, guest.place, held, ...numbers];
  const argv = sshArgv(target, ["sh", "-c", GIVE, "sh", ...args]);
  const [pipe, talk] = [new PassThrough({ highWaterMark: MiB }), new PassThrough()];
  talk.write(words);
  const sending = ctx.run(argv, {
    ...{ input: talk, into: pipe, ok: "any", idleTimeout: IDLE, maxKept: STDERR },
    onLine: showProgress(asked.update),
    signal: ctx.signal,
  });
  const failed = sending.catch(() => void pipe.destroy());
  const taking = take(lineReader(pipe), asked, part, () => talk.end("got\n")).finally(() => {
    pipe.destroy();
    talk.end();
  });
  const [took, sent] = await Promise.allSettled([taking, sending]);
  await failed;
  if (sent.status === "rejected" && sent.reason instanceof Interrupted) throw sent.reason;
  if (took.status === "fulfilled") return took.value;
  if (isOwn(took.reason)) throw took.reason;
  if (sent.status === "rejected") throw sent.reason;
  if (took.reason !== CUT && took.reason !== NOTHING) throw took.reason;
  const { code, stderr } = sent.value;
  const error = new ToolError({ argv, code, stderrTail: sanitizeLines(stderr).slice(-12).join("\n") });
  if (code === SSH_FAILED) throw unreachable(error);
  throw took.reason === NOTHING ? new NotGiven("no pack was made", { cause: error }) : error;
}

const listOf = ({ make, has, ends }: Asked): string => {
  const wanted = new Set(make.map(({ oid }) => oid));
  const lines = [...ends.map((oid) => `--shallow ${oid}`), ...wanted, ...has.map((oid) => `^${oid}`)];
  return lines.map((line) => `${line}\n`).join("");
};

/** What ended the stream on our side. Anything else is the sender's failure seen from here. */
const isOwn = (error: unknown): boolean =>
  error instanceof UserError || error instanceof NotGiven || (error instanceof Error && "syscall" in error);

/** The stream ended before its end, or before it began: the other side knows why. */
const CUT = new Error("the pack's stream ended early");
const NOTHING = new Error("no pack came");

async function take(
  reader: LineReader,
  { guest: { dir }, bound, make, seconds, update }: Asked,
  part: Part,
  got: () => void,
): Promise<Part & { whole: Whole }> {
  const line = await reader.line(LONGEST_LINE);
  if (line === undefined) throw NOTHING;
  const [, name = "", size, begin] = /^([0-9a-f]{40}) ([1-9]\d{0,14}) (\d{1,15})$/.exec(line) ?? strange(dir);
  const [bytes, from] = [Number(size), Number(begin)];
  // It goes on with what is here, or it begins another one.
  const same = part.whole?.name === name && part.whole.bytes === bytes && from === part.bytes;
  if (!same && from !== 0) throw strange(dir);
  await bound(bytes);
  const whole =
    same && part.whole !== undefined
      ? part.whole
      : { name, bytes, make: [...make], ...(seconds !== undefined && { seconds }) };
  if (whole !== part.whole) await notePart(part, whole);
  let came = from;
  async function* measured() {
    for await (const chunk of reader.body(bytes - from)) {
      came += chunk.length;
      update(`${bytesText(came)} of ${bytesText(bytes)}`);
      yield chunk;
    }
  }
  const flags = from > 0 ? "r+" : "w";
  await pipeline(measured(), createWriteStream(part.file, { flags, start: from, mode: 0o600 }));
  if (came < bytes) throw CUT;
  got();
  for await (const _ of reader.body(1)) throw strange(dir);
  return { ...part, bytes, whole };
}

const strange = (dir: string): never => {
  throw new UserError(`What ${dir} sends is not what was asked for; nothing was fetched or moved.`, {
    hint: "Look into the workspace with: agent-vm connect",
    exit: EXIT.refused,
  });
};
