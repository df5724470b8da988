// Sends objects of the host's store to a workspace's: what it lacks, in one stream, each whole or not at all.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import { startProgress } from "../../io/progress.ts";
import { sshArgv, type Target } from "../../target.ts";
import { callGuest } from "../sync/guest.ts";
import { fields, notUnderstood } from "../sync/parse.ts";
import { listWorkspaces, type Workspace } from "../workspace/registry.ts";
import { OBJECTS, RUN_PERL } from "./guest/objects.ts";
import { isOid, linesOf, type Pointer } from "./pointer.ts";
import type { Named } from "./pointers.ts";
import { lackedBy, openObject } from "./store.ts";

/** "new": it is being made, and has no place yet. */
export type Place = "there" | "new";

/** `gitDir`: that of a submodule, ".git/modules/…"; without it the workspace's own. */
type To = Pick<Workspace, "dir" | "repoId"> & { gitDir?: string };

const SSH_FAILED = 255;
/** As many other workspaces are looked into. */
const MAX_SIBLINGS = 20;

/** How many were sent, and which of those that the workspace lacks the store has not either. */
export async function sendLacked(
  ctx: Context,
  target: Target,
  to: To,
  { place, store, pointers }: { place: Place; store: string; pointers: readonly Named[] },
): Promise<{ sent: number; absent: Named[] }> {
  const wanted = await lackedInGuest(ctx, target, to, place, pointers);
  const absent = await lackedBy(store, wanted);
  const objects = wanted.filter((one) => !absent.includes(one));
  if (objects.length > 0) await sendObjects(ctx, target, to, { place, store, objects });
  return { sent: objects.length, absent };
}

async function lackedInGuest(
  ctx: Context,
  target: Target,
  { dir, repoId, gitDir }: To,
  place: Place,
  pointers: readonly Named[],
): Promise<Named[]> {
  const siblings = (await listWorkspaces(ctx))
    .filter((one) => one.repoId === repoId && one.dir !== dir)
    .map((one) => one.dir)
    .slice(-MAX_SIBLINGS);
  const args = [OBJECTS, "lacks", dir, place, siblings.join("/"), ...(gitDir === undefined ? [] : [gitDir])];
  const call = { text: RUN_PERL, args, data: Buffer.from(linesOf(pointers)) };
  const said = await callGuest(ctx, target, call);
  const lacks = new Set(parsed(said, parseLacks));
  return pointers.filter(({ oid }) => lacks.has(oid));
}

/** The ids in the answer of "lacks". */
export function parseLacks(answer: string): string[] {
  const said = fields(answer);
  const strange = said.slice(0, -1).find((word) => !isOid(word));
  if (said.at(-1) !== "=done" || strange !== undefined) throw notUnderstood(strange ?? "it is cut off");
  return said.slice(0, -1);
}

interface Load {
  place: Place;
  store: string;
  objects: readonly Pointer[];
}

/** All in one stream. What came whole stays when the rest does not: the next push begins there. */
async function sendObjects(ctx: Context, target: Target, { dir, gitDir }: To, load: Load): Promise<void> {
  const total = load.objects.reduce((sum, { size }) => sum + size, 0);
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
  for (const { oid, size } of objects) {
    const file = await openObject(store, oid);
    yield Buffer.from(`${oid} ${size}\n`);
    const sum = createHash("sha256");
    let bytes = 0;
    for await (const chunk of file.createReadStream({ end: size - 1, highWaterMark: 1024 * 1024 })) {
      sum.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      add((chunk as Buffer).length);
      yield chunk as Buffer;
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
