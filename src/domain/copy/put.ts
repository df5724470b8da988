// Files of the host to a workspace: one stream, beside its place first and there by rename, in the VM.
import { createWriteStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { bytesText } from "../../io/bytes-text.ts";
import { startProgress } from "../../io/progress.ts";
import type { Target } from "../../target.ts";
import { gone, strange } from "./head.ts";
import { mountsOf } from "./host-path.ts";
import { guestLeftBehind, makeNotedDirectory, newMark, noteGuestStage } from "./left-behind.ts";
import { namedSources } from "./named-sources.ts";
import { type HostSource, measure, type Packing, packMembers } from "./pack.ts";
import { nameOf } from "./place.ts";
import { type Answer, callPut, type Putting, type Words } from "./put-call.ts";
import { cut } from "./receive.ts";
import { clashes, filesText, notAll, wouldReplace } from "./words.ts";

/** Throws UserError; then nothing is at the destination, or what stayed here is named. */
export async function putFiles(
  ctx: Context,
  target: Target,
  putting: Putting,
  paths: readonly string[],
): Promise<void> {
  await putSources(ctx, target, putting, await namedSources(ctx, paths));
}

/** A file of the VM from a stream: it is kept here until its end, so that the VM never has half of it. */
export async function putStream(
  ctx: Context,
  target: Target,
  putting: Putting,
  stream: Readable,
): Promise<void> {
  const scratch = await makeNotedDirectory(ctx, tmpdir());
  try {
    const path = join(scratch.directory, "stdin");
    const file = createWriteStream(path, { flags: "wx", mode: 0o644 });
    await pipeline(stream, file, { signal: ctx.signal }).catch((error: unknown) => {
      throw ctx.signal.aborted ? new Interrupted() : error;
    });
    await putSources(ctx, target, putting, [{ path, name: nameOf(putting.to) }]);
  } finally {
    await scratch.remove();
  }
}

async function putSources(
  ctx: Context,
  target: Target,
  putting: Putting,
  sources: readonly HostSource[],
): Promise<void> {
  const packing: Packing = { left: new Map(), files: 0, bytes: 0, mounts: await mountsOf(ctx) };
  const [only] = sources;
  // "new/" names a directory that is not there yet, when a directory goes there.
  const isOne = sources.length === 1 && only !== undefined && (await lstat(only.path)).isDirectory();
  const to = isOne ? putting.to.replace(/(?<=.)\/+$/, "") : putting.to;
  const words = { ...putting, to, mark: newMark(), count: sources.length };
  const settled = await noteGuestStage(ctx, words);
  let answer = await send(ctx, target, words, { sources, packing });
  if (answer.word === "differs" && mayAsk(ctx, words))
    answer = await askToReplace(ctx, target, words, { answer, settled });
  // Whatever it answers, nothing of this copy waits there any more.
  await settled();
  settleAnswer(answer, putting);
  const where = `${sanitize(putting.branch)}:${sanitize(putting.to)}`;
  ctx.out.say(`Copied ${filesText(packing.files)} (${bytesText(packing.bytes)}) to ${where}`);
  if (packing.left.size > 0) throw notAll(packing.left);
}

const mayAsk = (ctx: Context, { force }: Words): boolean => !force && ctx.confirm.possible;

/** All of it to the VM, which answers what became of it. */
async function send(
  ctx: Context,
  target: Target,
  words: Words,
  { sources, packing }: { sources: readonly HostSource[]; packing: Packing },
): Promise<Answer> {
  const { packTar } = await import("../../io/tar.ts");
  const how = words.force ? "force" : mayAsk(ctx, words) ? "ask" : "keep";
  const left = await guestLeftBehind(ctx);
  const bar = startProgress(ctx.out, "copy to the VM", { total: measure(sources, packing.mounts) });
  let unread: unknown;
  try {
    const stream = packTar(packMembers(sources, words.mark, packing));
    stream.once("error", (error) => {
      unread = error;
    });
    const sent = { stream, onBytes: bar.add, left: left.stages };
    const answer = await callPut(ctx, target, { ...words, step: "put", how }, sent);
    await left.forget();
    if (answer.word === "broken" && isOurs(unread)) throw unread;
    bar.done();
    return answer;
  } catch (error) {
    bar.failed();
    // Why it was cut short is known here better than there.
    throw isOurs(unread) && !(error instanceof Interrupted) ? unread : error;
  }
}

/** Not that the other end took no more: what it says of that is the reason then. */
const isOurs = (error: unknown): boolean =>
  error instanceof UserError || (error instanceof Error && "syscall" in error && error.syscall !== "write");

/** All of it waits in the VM for the answer. */
async function askToReplace(
  ctx: Context,
  target: Target,
  words: Words,
  { answer, settled }: { answer: Answer; settled: () => Promise<void> },
): Promise<Answer> {
  ctx.out.say(wouldReplace(answer.names, answer.count, "of the workspace").details.join(), "asked");
  const one = answer.count === 1 ? "it" : `these ${answer.count} files`;
  const agreed = await ctx.confirm.ask(`Replace ${one} in the workspace?`);
  const step = agreed ? "place" : "drop";
  const last = await callPut(ctx, target, { ...words, step, how: "force" });
  if (agreed) return last;
  await settled();
  throw new UserError("Nothing was copied.", { exit: EXIT.refused });
}

function settleAnswer({ word, names, count }: Answer, { branch, to }: Putting): void {
  const where = `${sanitize(branch)}:${sanitize(to)}`;
  if (word === "gone") throw gone(branch);
  if (word === "broken") throw cut();
  if (word === "clash") throw clashes(names, count);
  if (word === "differs") throw wouldReplace(names, count, "of the workspace");
  if (word === "nodir" || word === "noparent") {
    const what = word === "nodir" ? `${where} is no directory.` : `There is no directory for ${where}.`;
    throw new UserError(what, {
      hint: "Make it with: agent-vm connect <branch> -- mkdir -p <directory>",
      exit: word === "nodir" ? EXIT.usage : EXIT.failed,
    });
  }
  if (word !== "placed") throw strange();
}
