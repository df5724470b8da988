// Host → guest: the large files (Git LFS) that a workspace needs, into its own store, before its tree asks for them.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import { startProgress } from "../../io/progress.ts";
import { sshArgv, type Target } from "../../target.ts";
import { callGuest } from "../sync/guest.ts";
import type { Pairing } from "../sync/pairing.ts";
import { fields, notUnderstood } from "../sync/parse.ts";
import { quoted } from "../sync/plan.ts";
import { nameLines } from "../sync/words.ts";
import { listWorkspaces } from "../workspace/registry.ts";
import { FILL } from "./guest/fill.ts";
import { OBJECTS, RUN_PERL } from "./guest/objects.ts";
import { isOid, linesOf, type Pointer } from "./pointer.ts";
import { commitsBetween, type Named, pointersOf } from "./pointers.ts";
import { lackedBy, openObject, storeOf } from "./store.ts";
import { noGitLfsInVm, notHere } from "./words.ts";

/** "new": it is being made, and has no place yet. */
export type Place = "there" | "new";

export interface Needed {
  place: Place;
  /** The base's commit, whose files the workspace can get at a word. */
  base: string | undefined;
  /** What the workspace has of the branch. */
  old: string | undefined;
}

const SSH_FAILED = 255;
/** As many other workspaces are looked into. */
const MAX_SIBLINGS = 20;

/**
 * Sends what the workspace lacks of the files of its branch's commit, of the commits that
 * are new to it or only the branch's own, and of the base. What
 * is not in the host's store is told, and the rest goes on. True when the repository uses Git LFS at all.
 */
export async function sendLargeFiles(
  ctx: Context,
  target: Target,
  pair: Pairing,
  { place, base, old }: Needed,
): Promise<boolean> {
  const { repo, branch } = pair;
  const since = [base, old].filter((oid) => oid !== undefined);
  const fresh = since.length === 0 ? [] : await commitsBetween(ctx, repo.directory, branch.oid, since);
  const commits = [...new Set([branch.oid, ...(base === undefined ? [] : [base]), ...fresh])];
  const pointers = await pointersOf(ctx, repo.directory, commits);
  if (pointers.length === 0) return false;
  const store = await storeOf(ctx, repo);
  const absent = new Set((await lackedBy(store, pointers)).map((one) => one.oid));
  const wanted = await lackedInGuest(ctx, target, pair, place, pointers);
  const sent = wanted.filter(({ oid }) => !absent.has(oid));
  if (sent.length > 0) await sendObjects(ctx, target, pair, { place, store, objects: sent });
  const left = wanted.filter(({ oid }) => absent.has(oid)).map(({ path }) => path);
  if (left.length > 0) ctx.out.warn([notHere(left.length), ...nameLines("not here", left)].join("\n"));
  if (place === "there" && sent.length > 0) await fillTree(ctx, target, pair);
  return true;
}

/** Files instead of pointers in the workspace's tree, where it has their content. */
export async function fillTree(ctx: Context, target: Target, { workspace, branch }: Pairing): Promise<void> {
  const said = await callGuest(ctx, target, { text: FILL, args: [workspace.dir] });
  const [word = ""] = parsed(said, fields);
  if (word === "absent") ctx.out.warn(noGitLfsInVm(quoted(branch.name)));
  else if (word !== "done") throw notUnderstood(word);
}

async function lackedInGuest(
  ctx: Context,
  target: Target,
  pair: Pairing,
  place: Place,
  pointers: readonly Named[],
): Promise<Named[]> {
  const siblings = (await listWorkspaces(ctx))
    .filter((one) => one.repoId === pair.repo.id && one.dir !== pair.workspace.dir)
    .map((one) => one.dir)
    .slice(-MAX_SIBLINGS);
  const args = [OBJECTS, "lacks", pair.workspace.dir, place, siblings.join("/")];
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
async function sendObjects(ctx: Context, target: Target, pair: Pairing, load: Load): Promise<void> {
  const total = load.objects.reduce((sum, { size }) => sum + size, 0);
  const bar = startProgress(ctx.out, "send large files (Git LFS)", { total });
  const damaged: string[] = [];
  const stream = Readable.from(frames(load, { add: bar.add, damaged }), { objectMode: false });
  const argv = sshArgv(target, ["perl", "-e", OBJECTS, "--", "take", pair.workspace.dir, load.place]);
  try {
    await ctx.run(argv, { input: stream, signal: ctx.signal });
    bar.done();
  } catch (error) {
    bar.failed();
    const lost = error instanceof ToolError && error.failure.code === SSH_FAILED;
    if (error instanceof ToolError) throw lost ? unreachable(error) : notSent(error);
    throw error;
  }
  if (damaged.length > 0) throw damagedHere(damaged);
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
