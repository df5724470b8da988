// Files of the host to a workspace: one stream, beside its place first and there by rename, in the VM.
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { lstat, mkdtemp, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, ToolError, UserError } from "../../errors.ts";
import { fromGuest, parsed } from "../../guard/from-guest.ts";
import { sanitize, sanitizeLines } from "../../guard/sanitize.ts";
import { bytesText, startProgress } from "../../io/progress.ts";
import { sshArgv, type Target } from "../../target.ts";
import { PUT } from "./guest/put.ts";
import { gone, strange } from "./head.ts";
import { type HostPath, hostPath, MOST_LINKS } from "./host-path.ts";
import { type HostSource, measure, type Packing, packMembers } from "./pack.ts";
import { nameOf, refuseGit } from "./place.ts";
import { cut } from "./receive.ts";
import { clashes, filesText, leftOutLines, notAll, wouldReplace } from "./words.ts";

const SSH_FAILED = 255;
/** Milliseconds without a byte either way: unpacking and comparing say nothing. */
const STALL = 600_000;

export interface Putting {
  dir: string;
  branch: string;
  /** Below the workspace's top, or absolute. */
  to: string;
  force: boolean;
}

/** Throws UserError; then nothing is at the destination, or what stayed here is named. */
export async function putFiles(
  ctx: Context,
  target: Target,
  putting: Putting,
  paths: readonly string[],
): Promise<void> {
  const sources = await Promise.all(paths.map((path) => sourceOf(ctx, path)));
  refuseTwice(sources);
  await putSources(ctx, target, putting, sources);
}

/** A file of the VM from a stream: it is kept here until its end, so that the VM never has half of it. */
export async function putStream(
  ctx: Context,
  target: Target,
  putting: Putting,
  stream: Readable,
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "agent-vm-cp-"));
  try {
    const path = join(scratch, "stdin");
    const file = createWriteStream(path, { flags: "wx", mode: 0o644 });
    await pipeline(stream, file, { signal: ctx.signal }).catch((error: unknown) => {
      throw ctx.signal.aborted ? new Interrupted() : error;
    });
    await putSources(ctx, target, putting, [{ path, name: nameOf(putting.to) }]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function sourceOf(ctx: Context, path: string): Promise<HostSource> {
  const found = await followed(ctx, path);
  if (found.kind === "missing") throw new UserError(`There is no ${sanitize(path)} on this host.`);
  if (found.kind === "other") {
    throw new UserError(`${sanitize(path)} is neither a file nor a directory.`, {
      hint: "A stream is read with: agent-vm cp - <branch>:name",
      exit: EXIT.usage,
    });
  }
  refuseGit(found.path);
  return { path: found.path, name: nameOf(path) };
}

/** A link that is named stands for what it leads to; each hop is looked at as a path of its own. */
async function followed(ctx: Context, path: string): Promise<HostPath> {
  let found = await hostPath(ctx, path);
  for (let hops = 0; found.kind === "link" && hops < MOST_LINKS; hops += 1)
    found = await hostPath(ctx, resolve(dirname(found.path), await readlink(found.path)));
  return found;
}

function refuseTwice(sources: readonly HostSource[]): void {
  const names = sources.map(({ name }) => name).filter((name) => name !== "");
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return;
  throw new UserError(`Two of the sources are called "${sanitize(twice)}".`, {
    hint: "Copy them one after the other, to different places.",
    exit: EXIT.usage,
  });
}

async function putSources(
  ctx: Context,
  target: Target,
  putting: Putting,
  sources: readonly HostSource[],
): Promise<void> {
  const { packTar } = await import("../../io/tar.ts");
  const mark = randomBytes(8).toString("hex");
  const packing: Packing = { left: new Map(), files: 0, bytes: 0 };
  const bar = startProgress(ctx.out, "copy to the VM", { total: measure(sources) });
  const [only] = sources;
  // "new/" names a directory that is not there yet, when a directory goes there.
  const isOne = sources.length === 1 && only !== undefined && (await lstat(only.path)).isDirectory();
  const to = isOne ? putting.to.replace(/(?<=.)\/+$/, "") : putting.to;
  const words = { ...putting, to, mark, count: sources.length };
  const how = putting.force ? "force" : ctx.confirm.possible ? "ask" : "keep";
  let answer: Answer;
  let unread: unknown;
  try {
    const members = packTar(packMembers(sources, mark, packing));
    members.once("error", (error) => {
      unread = error;
    });
    answer = await call(ctx, target, { ...words, step: "put", how }, { stream: members, onBytes: bar.add });
    if (answer.word === "broken" && isOurs(unread)) throw unread;
    bar.done();
  } catch (error) {
    bar.failed();
    // Why it was cut short is known here better than there.
    throw isOurs(unread) && !(error instanceof Interrupted) ? unread : error;
  }
  if (answer.word === "differs" && how === "ask") answer = await askToReplace(ctx, target, words, answer);
  settleAnswer(answer, putting);
  const where = `${sanitize(putting.branch)}:${sanitize(putting.to)}`;
  ctx.out.say(`Copied ${filesText(packing.files)} (${bytesText(packing.bytes)}) to ${where}`);
  const lines = leftOutLines(packing.left);
  if (lines.length > 0) throw notAll(lines);
}

/** Not that the other end took no more: what it says of that is the reason then. */
const isOurs = (error: unknown): boolean =>
  error instanceof UserError || (error instanceof Error && "syscall" in error && error.syscall !== "write");

type Words = Putting & { mark: string; count: number };

/** All of it waits in the VM for the answer. */
async function askToReplace(ctx: Context, target: Target, words: Words, answer: Answer): Promise<Answer> {
  ctx.out.say(wouldReplace(answer.names, answer.count, "of the workspace").details.join(), "asked");
  const one = answer.count === 1 ? "it" : `these ${answer.count} files`;
  const agreed = await ctx.confirm.ask(`Replace ${one} in the workspace?`);
  const step = agreed ? "place" : "drop";
  const last = await call(ctx, target, { ...words, step, how: "force" });
  if (!agreed) throw new UserError("Nothing was copied.", { exit: EXIT.refused });
  return last;
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

interface Answer {
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
}

async function call(ctx: Context, target: Target, words: Call, sent?: Sent): Promise<Answer> {
  const { step, dir, to, mark, how, count } = words;
  const argv = sshArgv(target, ["perl", "-e", PUT, "--", step, dir, to, mark, how, String(count)]);
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
