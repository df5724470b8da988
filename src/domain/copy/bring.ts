// Files of a workspace to the host: the VM's archive, checked member by member, into a stage and from there in place.
import { lstatSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, ToolError, UserError } from "../../errors.ts";
import { sanitize, sanitizeLines } from "../../guard/sanitize.ts";
import { bytesText, startProgress } from "../../io/progress.ts";
import type { TarMember } from "../../io/tar.ts";
import { sshArgv, type Target } from "../../target.ts";
import { BRING } from "./guest/bring.ts";
import type { Asked, Head } from "./head.ts";
import { type HostPath, hostPath } from "./host-path.ts";
import { createJudge } from "./member.ts";
import { refuseGit } from "./place.ts";
import { type Bounds, cut, isCut, type Received, receive, roomIn } from "./receive.ts";
import { contentPairs, planSettling, type Settling, settle } from "./settle.ts";
import { makeStage, type Stage } from "./stage.ts";
import {
  clashes,
  filesText,
  type LeftOut,
  leftOutLines,
  notAll,
  noteLeftOut,
  wouldReplace,
} from "./words.ts";

const SSH_FAILED = 255;
/** Milliseconds without a byte, while nobody else can hold the stream up. */
const IDLE = 300_000;
/** tar's exit codes for an archive that is whole: a file changed while it was read, one could not be read. */
const CHANGED = 1;
const UNREAD = 2;

/** Copies to a path of the host. Throws UserError; then nothing is at the destination, or what is not is named. */
export async function bringFiles(
  ctx: Context,
  target: Target,
  asked: Asked,
  { to, force }: { to: string; force: boolean },
): Promise<void> {
  const place = await hostPath(ctx, to);
  refuseGit(place.path);
  if (place.kind === "other") {
    throw new UserError(`${sanitize(to)} is neither a file nor a directory.`, {
      hint: `A stream is written with: agent-vm cp <branch>:path - > ${sanitize(to)}`,
      exit: EXIT.usage,
    });
  }
  const into = place.kind === "directory";
  if (!into && asked.paths.length > 1) throw noDirectory(to, SEVERAL);
  const stage = await makeStage(into ? place.path : dirname(place.path));
  try {
    const { taken, warnings } = await receiveFrom(ctx, target, asked, {
      bounds: (head) => roomFor(head, stage.directory),
      take: async (received) => {
        if (received.head.sources.length > 1 && !into) throw noDirectory(to, SEVERAL);
        return { head: received.head, ...(await writeJudged(received, stage)) };
      },
    });
    const { head, left, files, bytes, all } = taken;
    const lines = [...leftOutLines(left), ...warnings];
    if (!all && lines.length === 0) throw cut();
    stage.finish();
    const plan = planSettling(pairsOf(head, stage, place, to));
    await agree(ctx, plan, force);
    settle(plan);
    if (plan.steps.length + plan.same > 0)
      ctx.out.say(`Copied ${filesText(files)} (${bytesText(bytes)}) to ${sanitize(place.path)}.`);
    if (lines.length > 0) throw notAll(lines);
  } finally {
    await stage.remove();
  }
}

/** Copies one file, or several one after the other, to a stream. */
export async function bringToStream(
  ctx: Context,
  target: Target,
  asked: Asked,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const { warnings } = await receiveFrom(ctx, target, asked, {
    patient: true,
    bounds: async () => Number.POSITIVE_INFINITY,
    take: async ({ head, members }) => {
      const judge = createJudge(head.sources, false);
      for await (const member of members) {
        if (judge(member).as !== "file") {
          throw new UserError("Only files can be written to standard output.", { exit: EXIT.usage });
        }
        for await (const chunk of member.content) await write(chunk);
      }
    },
  });
  if (warnings.length > 0) throw notAll(warnings);
}

interface Taking<T> {
  /** Bytes that there is room for. */
  bounds: (head: Head) => Promise<number>;
  take: (received: Received) => Promise<T>;
  /** Whoever reads may take his time. */
  patient?: boolean;
}

/** One call of the VM, read as it comes. `warnings`: what its tar could not read. */
async function receiveFrom<T>(
  ctx: Context,
  target: Target,
  asked: Asked,
  { bounds, take, patient = false }: Taking<T>,
): Promise<{ taken: T; warnings: string[] }> {
  const pipe = new PassThrough({ highWaterMark: 1024 * 1024 });
  const argv = sshArgv(target, ["perl", "-e", BRING, "--", asked.dir, ...asked.paths]);
  let bar: ReturnType<typeof startProgress> | undefined;
  const limits = async (head: Head): Promise<Bounds> => {
    const free = await bounds(head);
    bar = startProgress(ctx.out, "copy from the VM", { total: head.bytes });
    return { free, onBytes: (bytes) => bar?.add(bytes) };
  };
  const sending = ctx.run(argv, {
    into: pipe,
    ok: "any",
    ...(patient ? {} : { idleTimeout: IDLE }),
    maxKept: STDERR,
    signal: ctx.signal,
  });
  const failed = sending.catch(() => void pipe.destroy());
  const taking = receive(pipe, asked, limits).then(take);
  const [took, sent] = await Promise.allSettled([taking.finally(() => pipe.destroy()), sending]);
  await failed;
  const end = (how: "done" | "failed") => bar?.[how]();
  if (took.status === "rejected" || sent.status === "rejected") end("failed");
  if (sent.status === "rejected") throw ownFirst(took, sent.reason);
  const { code, stderr } = sent.value;
  const tail = sanitizeLines(stderr).slice(-12);
  if (code === SSH_FAILED && took.status === "rejected" && isCut(took.reason))
    throw unreachable(new ToolError({ argv, code, stderrTail: tail.join("\n") }));
  if (took.status === "rejected") throw took.reason;
  end("done");
  if (code !== 0 && code !== CHANGED && code !== UNREAD) throw cut();
  return { taken: took.value, warnings: code === 0 ? [] : tail };
}

const STDERR = 1024 * 1024;

/** Our own reason to end it says more than that it was ended; the user's Ctrl-C more than both. */
const ownFirst = (took: PromiseSettledResult<unknown>, reason: unknown): unknown =>
  !(reason instanceof Interrupted) && took.status === "rejected" && took.reason instanceof UserError
    ? took.reason
    : reason;

interface Written {
  files: number;
  bytes: number;
  left: LeftOut;
  /** Something of every source came. */
  all: boolean;
}

/** Writes what may be written, and notes what may not. */
async function writeJudged({ head, members }: Received, stage: Stage): Promise<Written> {
  const judge = createJudge(head.sources, stage.folds);
  const written: Written = { files: 0, bytes: 0, left: new Map(), all: false };
  const came = new Set<number>();
  for await (const member of members) {
    const judgement = judge(member);
    if (judgement.as === "left out") {
      noteLeftOut(written.left, judgement.why, shortName(head, member.name));
      continue;
    }
    const { as, index, path } = judgement;
    came.add(index);
    const at = Buffer.from(path === "" ? `/${index}` : `/${index}/${path}`, "latin1");
    const where = Buffer.concat([Buffer.from(stage.directory), at]);
    if (!(await put(stage, { as, where }, member))) {
      noteLeftOut(written.left, "name", shortName(head, member.name));
      continue;
    }
    if (as !== "directory") written.files += 1;
    if (as === "file") written.bytes += member.size;
  }
  written.all = came.size === head.sources.length;
  return written;
}

/** False for a name that this file system does not take, or that lies below such a one. */
async function put(
  stage: Stage,
  { as, where }: { as: "file" | "directory" | "link"; where: Buffer },
  member: TarMember,
): Promise<boolean> {
  try {
    if (as === "directory") stage.makeDirectory(where, member);
    else if (as === "link") stage.keepLink(where, member);
    else await stage.writeFile(where, member);
    return true;
  } catch (error) {
    if (NOT_A_NAME.includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

const NOT_A_NAME = ["ENAMETOOLONG", "EILSEQ", "EINVAL", "ENOENT"];

/** As the user knows it: from the source's own name on. */
function shortName({ sources }: Head, name: string): string {
  const source = sources.find(({ real }) => name === real || name.startsWith(`${real}/`));
  return source ? `${source.name}${name.slice(source.real.length)}`.replace(/^\//, "") : name;
}

async function roomFor(head: Head, directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  const room = roomIn(bavail * bsize);
  if (head.bytes <= room) return room;
  throw new UserError(
    `This needs ${bytesText(head.bytes)}, and there is room for ${bytesText(room)} on this host's disk.`,
    {
      hint: "Make room, or copy to another disk.",
    },
  );
}

const SEVERAL = "Several files need a directory to go to, and ";
const noDirectory = (to: string, why = ""): UserError =>
  new UserError(`${why}${sanitize(to)} is no directory.`, {
    hint: `Make it with: mkdir -p ${sanitize(to)}`,
    exit: EXIT.usage,
  });

/** Where each source is to be. A name at the end of the destination is the source's new name. */
function pairsOf({ sources }: Head, stage: Stage, place: HostPath, to: string) {
  const bytes = (path: string, encoding: BufferEncoding = "utf8") => Buffer.from(path, encoding);
  return sources.flatMap(({ name }, index) => {
    const from = bytes(join(stage.directory, String(index)));
    const seen = lstatSync(from, { throwIfNoEntry: false });
    if (!seen) return [];
    if (place.kind !== "directory") {
      if (to.endsWith("/") && !seen.isDirectory()) throw noDirectory(to);
      return [{ from, to: bytes(join(dirname(place.path), basename(place.path))) }];
    }
    if (name === "") return contentPairs(from, bytes(place.path));
    return [{ from, to: Buffer.concat([bytes(place.path), bytes("/"), bytes(name, "latin1")]) }];
  });
}

async function agree(ctx: Context, { clashing, differing }: Settling, force: boolean): Promise<void> {
  const names = (paths: readonly Buffer[]) => paths.map((path) => path.toString("latin1"));
  if (clashing.length > 0) throw clashes(names(clashing), clashing.length);
  if (differing.length === 0 || force) return;
  const refusal = wouldReplace(names(differing), differing.length, "of this host");
  if (!ctx.confirm.possible) throw refusal;
  for (const line of refusal.details) ctx.out.say(line, "asked");
  const one = differing.length === 1 ? "it" : `these ${differing.length} files`;
  if (!(await ctx.confirm.ask(`Replace ${one}?`)))
    throw new UserError("Nothing was copied.", { exit: EXIT.refused });
}
