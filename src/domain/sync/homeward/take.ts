// A pack of much comes home first, as a file that goes on where it broke off; then git has next to nothing to fetch.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { query } from "../../../adapters/git.ts";
import { type Made, receivePack } from "../../../adapters/receive-pack.ts";
import type { Context } from "../../../context.ts";
import type { Target } from "../../../target.ts";
import { roomIn } from "../../copy/receive.ts";
import { WORTH_KEEPING } from "../guest/half.ts";
import type { GuestRepository } from "../guest/place.ts";
import { OID } from "../parse.ts";
import { hostTrouble } from "../trouble.ts";
import { brokeOff } from "./broke-off.ts";
import { dropPart, type Part, partOf } from "./part.ts";
import { type Asked, bringPart, NotGiven } from "./stream.ts";

/** A repository of the host: where git is asked, and its git directory. */
export interface HostRepository {
  directory: string;
  gitDir: string;
}

/** From a repository in the guest into one of the host. What the host has already, its references say. */
export interface Transfer extends Pick<Asked, "seconds" | "update"> {
  guest: GuestRepository;
  host: HostRepository;
  /** References that are to be made. */
  make: readonly Made[];
  /** What the two repositories are told by, so that the parts of their packs are their own. */
  key: readonly string[];
  /**
   * What is to be made of a pack, of so many bytes, that an earlier try has begun for these references; undefined when
   * nothing is.
   */
  adopt(begun: readonly Made[], bytes: number): readonly Made[] | undefined;
  /** How much it is, as the guest says. */
  bytes: number;
  /** It may be less by far: git's own transfer brings what turns out to be little. */
  atMost?: boolean;
  /** The most that comes, in MiB; `bound` throws when it is more. */
  limit: number;
  bound(bytes: number): void;
  /** For people. */
  doing: string;
}

/**
 * True when references came to be, with all that they need: what was asked for, or what was asked for when the transfer
 * broke off. False when it is too little, or this way does not lead there; git's own transfer then brings all of it.
 * Throws when the connection was lost, the user ended it, or the guest sends what nobody asked for; a ToolError when git
 * does not take the objects, and would not in its own transfer.
 */
export async function takeMuch(ctx: Context, target: Target, transfer: Transfer): Promise<boolean> {
  const { host, bytes, atMost = false } = transfer;
  if (bytes < WORTH_KEEPING) return false;
  // The guest need not make a pack that has no place here.
  if (!atMost && !(await hasRoom(ctx, host, bytes))) return false;
  const found = await partOf(ctx, transfer.key);
  const adopted = found.whole && transfer.adopt(found.whole.make, found.whole.bytes);
  if (adopted === undefined) await dropPart(found);
  const part = adopted === undefined ? await partOf(ctx, transfer.key) : found;
  const whole = await brought(ctx, target, transfer, part);
  if (whole === undefined) return false;
  const make = (whole.whole === found.whole ? adopted : undefined) ?? transfer.make;
  transfer.update("checking what came");
  const outcome = await receivePack(ctx, {
    ...{ ...host, limit: transfer.limit, make },
    ...{ pack: whole.file, commands: join(whole.directory, "commands") },
  });
  const final = outcome.how === "unfit" && (await wouldBeRefused(ctx, transfer, whole, make));
  await dropPart(whole);
  if (final) throw outcome.error;
  return outcome.how === "taken";
}

/**
 * Whether git's own fetch would bring the same objects, only to refuse them by the same check: the guest's git made the
 * pack, of what it would be asked for now. A pack that was changed on its way, that an earlier try began, or that builds
 * on what a partial clone has not got, says nothing of that.
 */
async function wouldBeRefused(
  ctx: Context,
  { host, make }: Transfer,
  { file, bytes }: Part,
  begun: readonly Made[],
): Promise<boolean> {
  const asked = new Set(make.map(({ ref, oid }) => `${oid} ${ref}`));
  if (!begun.every(({ ref, oid }) => asked.has(`${oid} ${ref}`))) return false;
  if ((await query(ctx, host.directory, ["config", "--get", "extensions.partialClone"])) !== "") return false;
  return isAsMade(file, bytes, begun[0]?.oid.length === SHA256 ? "sha256" : "sha1");
}

const SHA256 = 64;

/** Whether a pack's checksum at its end is that of all before it. */
async function isAsMade(file: string, bytes: number, algorithm: "sha1" | "sha256"): Promise<boolean> {
  const hash = createHash(algorithm);
  const sum = algorithm === "sha1" ? 20 : 32;
  const trailer: Buffer[] = [];
  let at = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    const left = Math.max(0, bytes - sum - at);
    hash.update(chunk.subarray(0, left));
    trailer.push(chunk.subarray(left));
    at += chunk.length;
  }
  return hash.digest().equals(Buffer.concat(trailer));
}

/** The part when it is whole; undefined when the guest gives none, or here is no room for it. */
async function brought(ctx: Context, target: Target, transfer: Transfer, part: Part) {
  if (part.whole && part.bytes === part.whole.bytes) return { ...part, whole: part.whole };
  const { guest, host, bytes, atMost = false, doing } = transfer;
  const bound = async (announced: number) => {
    transfer.bound(announced);
    if (!(await hasRoom(ctx, host, announced))) throw new NotGiven("no room for the pack");
  };
  try {
    const room = Math.ceil((2 * bytes) / 1024);
    const least = atMost ? WORTH_KEEPING : 0;
    const has = { has: await namedHere(ctx, host), ends: await endsHere(host) };
    return await bringPart(ctx, target, { ...transfer, ...has, guest, room, least, bound }, part);
  } catch (error) {
    if (error instanceof NotGiven) {
      await dropPart(part);
      return undefined;
    }
    if (!brokeOff(error)) await dropPart(part);
    else if (((await stat(part.file).catch(() => undefined))?.size ?? 0) > 0)
      ctx.out.say("What came of it is kept for a day: the same command goes on from there.");
    const failed = { doing, directory: host.directory, range: [], dir: guest.dir };
    throw await hostTrouble(ctx, target, error, failed);
  }
}

/** The part and what git makes of it lie here for a moment both. */
async function hasRoom(ctx: Context, { gitDir }: HostRepository, bytes: number): Promise<boolean> {
  for (const place of [ctx.paths.state, gitDir]) {
    const space = await statfs(place).catch(() => undefined);
    if (space !== undefined && roomIn(space.bavail * space.bsize) < 2 * bytes) return false;
  }
  return true;
}

/** As many go to the guest as a list of them may have: a megabyte. */
const MAX_NAMED = 25_000;

/** What the references here name; git's own fetch says as much. */
async function namedHere(ctx: Context, { directory }: HostRepository): Promise<string[]> {
  const said = await query(ctx, directory, ["for-each-ref", "--format=%(objectname)", "--sort=-creatordate"]);
  return [...new Set(said.split("\n").filter(Boolean))].slice(0, MAX_NAMED);
}

/** The commits at which a short history ends; none of a whole one. */
async function endsHere({ gitDir }: HostRepository): Promise<string[]> {
  const list = await readFile(join(gitDir, "shallow"), "latin1").catch(() => "");
  return list.split("\n").filter((line) => OID.test(line));
}
