// Brings pieces home that are no git objects of a vault: bundles and tars, checked by sums on both sides.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SSH_FAILED, unreachable } from "../../../adapters/ssh.ts";
import type { Context } from "../../../context.ts";
import { EXIT, ToolError, UserError } from "../../../errors.ts";
import { sanitizeLines } from "../../../guard/sanitize.ts";
import { sshArgv, type Target } from "../../../target.ts";
import { DIFFERS, SEND } from "../guest/send.ts";
import { nulSeparated } from "../guest.ts";
import { brokeOff } from "../homeward/broke-off.ts";
import { type BegunPiece, putAside, takeUp } from "./saving/kept-piece.ts";

export type Packed =
  /** Paths as bytes, below a directory that is relative to the agent's home. */
  | { kind: "tar"; below: string; paths: readonly string[] }
  /** The references of a scratch repository, with all they need. */
  | { kind: "bundle"; scratch: string };

export interface Brought {
  sha256: string;
  bytes: number;
}

/** Milliseconds without a byte. */
const IDLE = 300_000;

function callFor(packed: Packed, what: "send" | "sum"): { args: string[]; input: Uint8Array } {
  if (packed.kind === "bundle") return { args: ["bundle", packed.scratch, what], input: new Uint8Array() };
  // A trailing slash would make tar follow a link.
  const paths = packed.paths.map((path) => path.replace(/\/+$/, ""));
  return { args: ["tar", packed.below, what], input: nulSeparated(paths, "latin1") };
}

/**
 * Streams the piece into a new file, durable when this returns. Throws UserError when the guest could not pack all of
 * it, it is larger than `limit` bytes, or what arrived is not what the guest packed; the file is removed then. `kept` is
 * where its beginning waits when the transfer breaks off; what the guest packs now begins so, or it comes anew.
 */
export async function bringFile(
  ctx: Context,
  target: Target,
  packed: Packed,
  { file, limit, kept }: { file: string; limit: number; kept?: string },
): Promise<Brought> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    const begun = await takeUp(kept, file);
    try {
      return await stream(ctx, target, packed, { file, limit, begun });
    } catch (error) {
      if (!(error instanceof BeginsOtherwise)) throw error;
      await rm(file, { force: true });
      return await stream(ctx, target, packed, { file, limit, begun: await takeUp(undefined, file) });
    }
  } catch (error) {
    const waits = kept !== undefined && brokeOff(error) && (await putAside(file, kept));
    if (waits) ctx.out.say("What came of it is kept for a day: the same command goes on from there.");
    else await rm(file, { force: true });
    throw error;
  }
}

/** What the guest packs now does not begin with what is here. */
class BeginsOtherwise extends Error {}

async function stream(
  ctx: Context,
  target: Target,
  packed: Packed,
  { file, limit, begun }: { file: string; limit: number; begun: BegunPiece },
): Promise<Brought> {
  const head = { bytes: begun.bytes, sha256: begun.hash.copy().digest("hex") };
  const meter = measuring(limit, begun);
  const flags = begun.bytes > 0 ? "r+" : "wx";
  const options = { flags, start: begun.bytes, mode: 0o600, flush: true };
  const [writing, sending] = await Promise.allSettled([
    pipeline(meter.stream, createWriteStream(file, options)),
    send(ctx, target, packed, { into: meter.stream, head }).catch((error: unknown) => {
      meter.stream.destroy();
      throw error;
    }),
  ]);
  if (writing.status === "rejected" && isOwn(writing.reason)) throw writing.reason;
  if (sending.status === "rejected") throw sending.reason;
  if (writing.status === "rejected") throw writing.reason;
  const brought = meter.result();
  if (brought.sha256 !== sending.value) throw notWhole();
  return brought;
}

/** What ended the stream on our side: a full disk, the limit. Anything else is the sender's failure seen from here. */
const isOwn = (error: unknown): boolean =>
  error instanceof UserError || (error instanceof Error && "syscall" in error);

/** A stream that counts and sums what passes. */
function measuring(limit: number, { hash, bytes: before }: BegunPiece) {
  let bytes = before;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      if (bytes > limit) done(tooLarge(limit));
      else done(null, chunk);
    },
  });
  return { stream, result: (): Brought => ({ sha256: hash.digest("hex"), bytes }) };
}

export function refuseOver(limit: number, bytes: number): void {
  if (bytes > limit) throw tooLarge(limit);
}

const tooLarge = (limit: number): UserError =>
  new UserError(`The VM sends more than it said, and more than ${Math.ceil(limit / 1024 / 1024)} MiB.`, {
    hint: "Look at what grows in the workspace, then run the same command again.",
    exit: EXIT.refused,
  });

/** The checksum that `bringFile` would give now, computed in the guest. */
export const sumInGuest = (ctx: Context, target: Target, packed: Packed): Promise<string> =>
  send(ctx, target, packed);

/** SHA-256 of a file of the host, or another checksum; hexadecimal. */
export async function sumOf(file: string, algorithm: "sha256" | "sha1" = "sha256"): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

const TRAILER = /\0([0-9a-f]{64})\0(\d{1,3})\0$/;

async function send(
  ctx: Context,
  target: Target,
  packed: Packed,
  sent?: { into: Writable; head: Brought },
): Promise<string> {
  const { args, input } = callFor(packed, sent ? "send" : "sum");
  const head = sent ? [String(sent.head.bytes), sent.head.sha256] : [];
  const argv = sshArgv(target, ["sh", "-c", SEND, "sh", ...args, ...head]);
  const { code, stderr } = await ctx.run(argv, {
    ...(sent && { into: sent.into }),
    input,
    ok: "any",
    idleTimeout: IDLE,
    signal: ctx.signal,
  });
  if (code === SSH_FAILED) throw unreachable(toolError(argv, code, stderr));
  if (code === DIFFERS && sent && sent.head.bytes > 0) throw new BeginsOtherwise("another piece");
  const [, sum, packing] = TRAILER.exec(stderr) ?? [];
  if (code !== 0 || sum === undefined || packing !== "0") throw notWhole(toolError(argv, code, stderr));
  return sum;
}

const toolError = (argv: readonly string[], code: number, stderr: string): ToolError =>
  new ToolError({ argv, code, stderrTail: sanitizeLines(stderr.replace(TRAILER, "")).slice(-12).join("\n") });

const notWhole = (cause?: ToolError): UserError =>
  new UserError("The VM could not pack everything that has to be saved.", {
    details: cause?.failure.stderrTail.split("\n").filter(Boolean) ?? ["what arrived is not what it sent"],
    hint: "See what is wrong in the workspace, then run the same command again.",
    exit: EXIT.refused,
    cause,
  });
