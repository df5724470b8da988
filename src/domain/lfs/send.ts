// Sends objects of the host's store to a workspace's: what it lacks, in one stream, each whole or not at all.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { SSH_FAILED, unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, ToolError, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import { startProgress } from "../../io/progress.ts";
import { sshArgv, type Target } from "../../target.ts";
import { scanLate } from "../scan/gate.ts";
import { callGuest } from "../sync/guest.ts";
import { fields, notUnderstood } from "../sync/parse.ts";
import { listWorkspaces, type Workspace } from "../workspace/registry.ts";
import { OBJECTS, RUN_PERL } from "./guest/objects.ts";
import { type Begun, linesOf, type Pointer } from "./pointer.ts";
import type { Named } from "./pointers.ts";
import { lackedBy, openObject } from "./store.ts";

/** "new": it is being made, and has no place yet. */
export type Place = "there" | "new";

/** `gitDir`: that of a submodule, ".git/modules/…"; without it the workspace's own. */
type To = Pick<Workspace, "dir" | "repoId" | "branch"> & { gitDir?: string };

/** As many other workspaces are looked into. */
const MAX_SIBLINGS = 20;

interface Sending {
  place: Place;
  /** Of the host's repository. */
  directory: string;
  store: string;
  pointers: readonly Named[];
}

interface Sent {
  /** The workspace's tree has pointers of which it may have the content: some came, or git-lfs was missing there. */
  fill: boolean;
  /** What the workspace lacks, and the host's store, too. */
  absent: Named[];
}

/** Throws UserError (4) when one that was not here when its commit was looked into has a secret. */
export async function sendLacked(ctx: Context, target: Target, to: To, what: Sending): Promise<Sent> {
  const { place, directory, store } = what;
  const { wanted, unfilled } = await lackedInGuest(ctx, target, to, what);
  const absent = await lackedBy(store, wanted);
  const gone = new Set(absent.map(({ oid }) => oid));
  const objects = wanted.filter(({ oid }) => !gone.has(oid));
  await scanLate(ctx, { repo: { id: to.repoId, directory }, workspace: to }, "sent", objects);
  if (objects.length > 0) await sendObjects(ctx, target, to, { place, store, objects });
  return { fill: objects.length > 0 || unfilled, absent };
}

/**
 * What a save holds for the workspace that is being made of it; it came from there, and nothing is asked about it. Throws
 * UserError when not all of it arrived.
 */
export async function sendSaved(
  ctx: Context,
  target: Target,
  to: To,
  { store, pointers }: { store: string; pointers: readonly Pointer[] },
): Promise<void> {
  const { wanted } = await lackedInGuest(ctx, target, to, { place: "new", pointers });
  if (wanted.length > 0) await sendObjects(ctx, target, to, { place: "new", store, objects: wanted });
}

async function lackedInGuest<T extends Pointer>(
  ctx: Context,
  target: Target,
  { dir, repoId, gitDir }: To,
  { place, pointers }: { place: Place; pointers: readonly T[] },
): Promise<{ wanted: (T & Begun)[]; unfilled: boolean }> {
  const siblings = (await listWorkspaces(ctx))
    .filter((one) => one.repoId === repoId && one.dir !== dir)
    .map((one) => one.dir)
    .slice(-MAX_SIBLINGS);
  const args = [OBJECTS, "lacks", dir, place, siblings.join("/"), ...(gitDir === undefined ? [] : [gitDir])];
  const call = { text: RUN_PERL, args, data: Buffer.from(linesOf(pointers)) };
  const said = await callGuest(ctx, target, call);
  const { lacks, unfilled } = parsed(said, parseLacks);
  const wanted = pointers.flatMap((one) => {
    const from = lacks.get(one.oid);
    // What is not less than all of it is no beginning.
    return from === undefined ? [] : [{ ...one, from: from < one.size ? from : 0 }];
  });
  return { wanted, unfilled };
}

/** The answer of "lacks": the ids with how many bytes of each are there, and whether the tree has pointers to fill. */
export function parseLacks(answer: string): { lacks: Map<string, number>; unfilled: boolean } {
  const said = fields(answer);
  if (said.pop() !== "=done") throw notUnderstood("it is cut off");
  const unfilled = said.at(-1) === "=unfilled";
  const lacks = (unfilled ? said.slice(0, -1) : said).map((word): [string, number] => {
    const [, oid, bytes = "0"] = /^([0-9a-f]{64})(?: (\d{1,15}))?$/.exec(word) ?? [];
    if (oid === undefined) throw notUnderstood(word);
    return [oid, Number(bytes)];
  });
  return { lacks: new Map(lacks), unfilled };
}

interface Load {
  place: Place;
  store: string;
  objects: readonly Begun[];
}

/** All in one stream. What came whole stays when the rest does not: the next push begins there. */
async function sendObjects(ctx: Context, target: Target, { dir, gitDir }: To, load: Load): Promise<void> {
  const total = load.objects.reduce((sum, { size, from }) => sum + size - from, 0);
  const bar = startProgress(ctx.out, "send large files (Git LFS)", { total });
  const damaged: string[] = [];
  let trouble: unknown;
  const note = (error: unknown) => {
    trouble = error;
  };
  const stream = Readable.from(noting(frames(load, { add: bar.add, damaged }), note), { objectMode: false });
  const inside = gitDir === undefined ? [] : ["", gitDir];
  const argv = sshArgv(target, ["perl", "-e", OBJECTS, "--", "take", dir, load.place, ...inside]);
  try {
    await ctx.run(argv, { input: stream, signal: ctx.signal });
    bar.done();
  } catch (error) {
    bar.failed();
    // The stream is ended with it, which it notes, too.
    if (error instanceof Interrupted) throw error;
    if (trouble !== undefined) throw trouble;
    const lost = error instanceof ToolError && error.failure.code === SSH_FAILED;
    if (error instanceof ToolError) throw lost ? unreachable(error) : notSent(error);
    throw error;
  }
  if (damaged.length > 0) throw damagedHere(damaged);
}

/** What ends the stream on this side says more than that it ended. */
async function* noting(stream: AsyncIterable<Buffer>, note: (error: unknown) => void) {
  try {
    yield* stream;
  } catch (error) {
    note(error);
    throw error;
  }
}

async function* frames(
  { store, objects }: Load,
  { add, damaged }: { add(bytes: number): void; damaged: string[] },
) {
  for (const { oid, size, from } of objects) {
    const file = await openObject(store, oid);
    yield Buffer.from(`${oid} ${size} ${from}\n`);
    const sum = createHash("sha256");
    let bytes = 0;
    for await (const chunk of file.createReadStream({ end: size - 1, highWaterMark: 1024 * 1024 })) {
      // What is there is read all the same: only the whole has a sum.
      sum.update(chunk as Buffer);
      const rest = (chunk as Buffer).subarray(Math.max(0, from - bytes));
      bytes += (chunk as Buffer).length;
      add(rest.length);
      if (rest.length > 0) yield rest;
    }
    if (bytes !== size) throw damagedHere([oid]);
    const right = sum.digest("hex") === oid;
    if (!right) damaged.push(oid);
    yield Buffer.from(right ? "=\n" : "!\n");
  }
  yield Buffer.from("end\n");
}

const notSent = (cause: ToolError): UserError =>
  new UserError("The large files (Git LFS) did not all reach the VM; no branch was moved.", {
    details: cause.failure.stderrTail.split("\n").filter(Boolean),
    hint: "Run the same command again: it goes on with what is missing.",
    cause,
  });

const damagedHere = (oids: readonly string[]): UserError =>
  new UserError("Objects in this repository's Git LFS store are damaged, so nothing was pushed.", {
    details: oids.slice(0, 10),
    hint: "Put them right with: git lfs fsck && git lfs fetch",
    exit: EXIT.failed,
  });
