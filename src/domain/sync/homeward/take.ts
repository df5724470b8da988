// A pack of much comes home first, as a file that goes on where it broke off; then git has next to nothing to fetch.
import { stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { query } from "../../../adapters/git.ts";
import { type Made, receivePack } from "../../../adapters/receive-pack.ts";
import type { Context } from "../../../context.ts";
import type { Target } from "../../../target.ts";
import { roomIn } from "../../copy/receive.ts";
import { WORTH_KEEPING } from "../guest/half.ts";
import { hostTrouble } from "../trouble.ts";
import { brokeOff } from "./broke-off.ts";
import { dropPart, type Part, partOf } from "./part.ts";
import { type Asked, bringPart, NotGiven } from "./stream.ts";

export interface Much extends Pick<Asked, "dir" | "place" | "seconds" | "update" | "bound"> {
  /** What the repository is told by, so that its parts are its own. */
  key: readonly string[];
  /** The repository of the host: where git is asked, and its git directory. */
  directory: string;
  gitDir: string;
  /** References that are to be made. */
  make: readonly Made[];
  /**
   * What is to be made of a pack, of so many bytes, that an earlier try has begun for these references; undefined when
   * nothing is.
   */
  adopt(begun: readonly Made[], bytes: number): readonly Made[] | undefined;
  /** How much it is, as the guest says. */
  bytes: number;
  /** The most that comes, in MiB. */
  limit: number;
  /** For people. */
  doing: string;
}

/**
 * True when references came to be, with all that they need: what was asked for, or what was asked for when the transfer
 * broke off. False when it is too little, or this way does not lead there; git's own transfer then brings all of it.
 * Throws when the connection was lost, the user ended it, or the guest sends what nobody asked for.
 */
export async function takeMuch(ctx: Context, target: Target, much: Much): Promise<boolean> {
  if (much.bytes < WORTH_KEEPING || !(await hasRoom(ctx, much))) return false;
  const found = await partOf(ctx, much.key);
  const adopted = found.whole && much.adopt(found.whole.make, found.whole.bytes);
  if (adopted === undefined) await dropPart(found);
  const whole = await brought(ctx, target, much, adopted === undefined ? await partOf(ctx, much.key) : found);
  if (whole === undefined) return false;
  const make = whole.whole === found.whole ? adopted : much.make;
  much.update("checking what came");
  const taken = await receivePack(ctx, {
    ...{ directory: much.directory, gitDir: much.gitDir, limit: much.limit },
    ...{ pack: whole.file, commands: join(whole.directory, "commands"), make: make ?? much.make },
  });
  await dropPart(whole);
  return taken;
}

/** The part when it is whole; undefined when the guest gives none. */
async function brought(ctx: Context, target: Target, much: Much, part: Part) {
  if (part.whole && part.bytes === part.whole.bytes) return { ...part, whole: part.whole };
  try {
    const room = Math.ceil((2 * much.bytes) / 1024);
    return await bringPart(ctx, target, { ...much, has: await namedHere(ctx, much.directory), room }, part);
  } catch (error) {
    if (error instanceof NotGiven) {
      await dropPart(part);
      return undefined;
    }
    if (!brokeOff(error)) await dropPart(part);
    else if (((await stat(part.file).catch(() => undefined))?.size ?? 0) > 0)
      ctx.out.say("What came of it is kept for a day: the same command goes on from there.");
    const failed = { doing: much.doing, directory: much.directory, range: [], dir: much.dir };
    throw await hostTrouble(ctx, target, error, failed);
  }
}

/** The part and what git makes of it lie here for a moment both. */
async function hasRoom(ctx: Context, { gitDir, bytes }: Much): Promise<boolean> {
  for (const place of [ctx.paths.state, gitDir]) {
    const space = await statfs(place).catch(() => undefined);
    if (space !== undefined && roomIn(space.bavail * space.bsize) < 2 * bytes) return false;
  }
  return true;
}

/** As many go to the guest as a list of them may have: a megabyte. */
const MAX_NAMED = 25_000;

/** What the references here name; git's own fetch says as much. */
async function namedHere(ctx: Context, directory: string): Promise<string[]> {
  const said = await query(ctx, directory, ["for-each-ref", "--format=%(objectname)", "--sort=-creatordate"]);
  return [...new Set(said.split("\n").filter(Boolean))].slice(0, MAX_NAMED);
}
