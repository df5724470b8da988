// Files of a workspace to the host: the VM's archive, checked member by member, into a stage and from there in place.
import { lstatSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { bytesText } from "../../io/bytes-text.ts";
import type { Target } from "../../target.ts";
import { receiveFrom } from "./bring-call.ts";
import type { Asked, Head } from "./head.ts";
import { type HostPath, hostPath } from "./host-path.ts";
import { createJudge } from "./member.ts";
import { refuseGit } from "./place.ts";
import { cut, roomIn } from "./receive.ts";
import { contentPairs, planSettling, type Settling, settle } from "./settle.ts";
import { makeStage, type Stage } from "./stage.ts";
import { clashes, filesText, notAll, wouldReplace } from "./words.ts";
import { writeJudged } from "./write-judged.ts";

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
  const stage = await makeStage(ctx, into ? place.path : dirname(place.path));
  try {
    const { taken, unsent } = await receiveFrom(ctx, target, asked, {
      bounds: (head) => roomFor(head, stage.directory),
      take: async (received) => {
        if (received.head.sources.length > 1 && !into) throw noDirectory(to, SEVERAL);
        return { head: received.head, ...(await writeJudged(received, stage)) };
      },
    });
    const { head, left, files, bytes, all } = taken;
    const partly = left.size > 0 || unsent.lines.length > 0;
    if (!all && !partly) throw cut();
    stage.finish();
    const plan = planSettling(pairsOf(head, stage, place, to));
    await agree(ctx, plan, force);
    settle(plan);
    if (plan.steps.length + plan.same > 0)
      ctx.out.say(`Copied ${filesText(files)} (${bytesText(bytes)}) to ${sanitize(place.path)}.`);
    if (partly) throw notAll(left, unsent);
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
  const { unsent } = await receiveFrom(ctx, target, asked, {
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
  if (unsent.lines.length > 0) throw notAll(new Map(), unsent);
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
