// Guest → host: large files (Git LFS) that commits of the workspace name, each proven by its SHA-256 before it is kept.
import { createHash } from "node:crypto";
import { statfs } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { SSH_FAILED, unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, ToolError, UserError } from "../../errors.ts";
import { sanitizeLines } from "../../guard/sanitize.ts";
import { bytesText } from "../../io/bytes-text.ts";
import { startProgress } from "../../io/progress.ts";
import { sshArgv, type Target } from "../../target.ts";
import { roomIn } from "../copy/receive.ts";
import type { Workspace } from "../workspace/registry.ts";
import { OBJECTS } from "./guest/objects.ts";
import { type Begun, linesOf, type Pointer } from "./pointer.ts";
import { type LineReader, lineReader } from "./reader.ts";
import { begunIn, writeObject } from "./store.ts";

/** Milliseconds without a byte. */
const IDLE = 300_000;
const STDERR = 1024 * 1024;
const GiB = 1024 * 1024 * 1024;
/** "count bytes", and "oid size". */
const LONGEST_LINE = 90;

/**
 * `gitDir`: that of a submodule, ".git/modules/…"; without it the workspace's own. `saved`: what a save of the workspace
 * has found in its files, of which the user knows how much it is.
 */
export type From = Pick<Workspace, "dir"> & { gitDir?: string; saved?: true };

/**
 * Brings those of the objects that the workspace has into the host's store, one after the other. Throws UserError when
 * what comes is not what the pointers say, or more than the limit: what was proven before it stays, it is right.
 */
export async function bringObjects(
  ctx: Context,
  target: Target,
  { dir, gitDir, saved }: From,
  { store, objects: wanted }: { store: string; objects: readonly Pointer[] },
): Promise<void> {
  if (wanted.length === 0) return;
  const objects = await begunIn(store, wanted);
  const pipe = new PassThrough({ highWaterMark: 1024 * 1024 });
  const inside = gitDir === undefined ? [] : ["", gitDir];
  const argv = sshArgv(target, [
    "perl",
    "-e",
    OBJECTS,
    "--",
    "give",
    dir,
    saved ? "save" : "there",
    ...inside,
  ]);
  const sending = ctx.run(argv, {
    input: linesOf(objects),
    into: pipe,
    ok: "any",
    idleTimeout: IDLE,
    maxKept: STDERR,
    signal: ctx.signal,
  });
  const failed = sending.catch(() => void pipe.destroy());
  const taking = takeAll(ctx, lineReader(pipe), { dir, store, objects, ...(saved && { saved }) }).finally(
    () => pipe.destroy(),
  );
  const [took, sent] = await Promise.allSettled([taking, sending]);
  await failed;
  if (sent.status === "rejected" && sent.reason instanceof Interrupted) throw sent.reason;
  if (took.status === "fulfilled" && sent.status === "fulfilled" && sent.value.code === 0) return;
  if (took.status === "rejected" && took.reason !== CUT) throw took.reason;
  if (sent.status === "rejected") throw sent.reason;
  const { code, stderr } = sent.value;
  const error = new ToolError({ argv, code, stderrTail: sanitizeLines(stderr).slice(-12).join("\n") });
  throw code === SSH_FAILED ? unreachable(error) : broken(error);
}

interface Taking extends From {
  store: string;
  objects: readonly Begun[];
}

/** The stream ended before its end: the other side knows why. */
const CUT = new Error("the stream of large files ended early");

async function takeAll(ctx: Context, reader: LineReader, taking: Taking): Promise<void> {
  const { dir, store, objects, saved } = taking;
  const waited = new Map(objects.map((one) => [one.oid, one]));
  const [, , total] =
    /^(\d{1,9}) (\d{1,15})$/.exec((await reader.line(LONGEST_LINE)) ?? cut()) ?? strange(dir);
  await refuseTooMuch(ctx, dir, store, { total: Number(total), any: saved === true });
  const bar = startProgress(ctx.out, "fetch large files (Git LFS)", { total: Number(total) });
  let left = Number(total);
  try {
    for (;;) {
      const line = (await reader.line(LONGEST_LINE)) ?? cut();
      if (line === "end") break;
      const [, oid = "", size = ""] = /^([0-9a-f]{64}) (\d{1,15})$/.exec(line) ?? strange(dir);
      // Each that was asked for comes once, as large as its pointer says; nothing else comes.
      const one = waited.get(oid);
      if (one?.size !== Number(size)) throw strange(dir);
      waited.delete(oid);
      left -= one.size - one.from;
      if (left < 0) throw strange(dir);
      await takeOne(ctx, store, one, { dir, reader, add: bar.add });
    }
    // To the end of the stream: a program that is left before it ends is ended, and seems to have failed.
    if ((await reader.line(LONGEST_LINE)) !== undefined) throw strange(dir);
    bar.done();
  } catch (error) {
    bar.failed();
    throw error;
  }
}

async function takeOne(
  ctx: Context,
  store: string,
  { oid, size, from }: Begun,
  { dir, reader, add }: From & { reader: LineReader; add(bytes: number): void },
): Promise<void> {
  const sum = createHash("sha256");
  let bytes = from;
  async function* measured() {
    for await (const chunk of reader.body(size - from)) {
      sum.update(chunk);
      bytes += chunk.length;
      add(chunk.length);
      yield chunk;
    }
  }
  const { written, error } = await writeObject(store, { oid, from, sum }, measured());
  if (bytes < size || error !== undefined) {
    // A full disk gets its room back.
    if (isFull(error)) await written.drop();
    else if (await written.aside())
      ctx.out.say("What came of the large file is kept: the same command goes on from there.");
    throw error ?? CUT;
  }
  if (sum.digest("hex") === oid) return written.keep();
  await written.drop();
  throw from > 0 ? notItsBeginning(oid) : notThat(dir, oid);
}

async function refuseTooMuch(
  ctx: Context,
  dir: string,
  store: string,
  { total, any }: { total: number; any: boolean },
): Promise<void> {
  const limit = any ? Number.POSITIVE_INFINITY : ctx.settings.fetch_limit * GiB;
  if (total > limit) {
    throw new UserError(
      `The large files (Git LFS) that ${dir} has for you are ${bytesText(total)}, over the limit of ${ctx.settings.fetch_limit} GiB; nothing was moved.`,
      { hint: "If you expect that much, raise the limit (GiB): AGENT_VM_FETCH_LIMIT=16", exit: EXIT.refused },
    );
  }
  const space = await statfs(store).catch(() => undefined);
  if (space === undefined || total <= roomIn(space.bavail * space.bsize)) return;
  throw new UserError(
    `The large files (Git LFS) that ${dir} has for you are ${bytesText(total)}, and this host's disk has no room for that.`,
    { hint: "Make room and run the same command again.", exit: EXIT.failed },
  );
}

const cut = (): never => {
  throw CUT;
};

const strange = (dir: string): never => {
  throw new UserError(
    `What ${dir} sends as large files (Git LFS) is not what was asked for; nothing was moved.`,
    {
      hint: "Look into the workspace with: agent-vm connect",
      exit: EXIT.refused,
    },
  );
};

const notThat = (dir: string, oid: string): UserError =>
  new UserError(
    `The large file (Git LFS) ${oid.slice(0, 12)}… that ${dir} sends is not what its commit names; it was not kept, and no branch was moved.`,
    { hint: "See what is damaged, in the workspace: git lfs fsck", exit: EXIT.refused },
  );

const isFull = (error: unknown): boolean =>
  ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException | undefined)?.code ?? "");

const notItsBeginning = (oid: string): UserError =>
  new UserError(
    `What was kept of the large file (Git LFS) ${oid.slice(0, 12)}… was not its beginning; it is gone, and no branch was moved.`,
    { hint: "Run the same command again: it begins anew.", exit: EXIT.failed },
  );

const broken = (cause: ToolError): UserError =>
  new UserError("The large files (Git LFS) did not all come; no branch was moved.", {
    details: cause.failure.stderrTail.split("\n").filter(Boolean),
    hint: "Run the same command again: it goes on with what is missing.",
    cause,
  });
