// A large push sends its objects first, as a file that goes on where it broke off; then git has next to nothing to send.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { parsed } from "../../../guard/from-guest.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import { during } from "../../../io/output.ts";
import { sshArgv, type Target } from "../../../target.ts";
import { isShallow, shallowRoots } from "../../clones/shallow.ts";
import { scanOutgoing } from "../../scan/gate.ts";
import type { Repository } from "../../workspace/repository.ts";
import { WORTH_KEEPING } from "../guest/half.ts";
import type { GuestRepository } from "../guest/place.ts";
import { callGuest } from "../guest.ts";
import { withKeptPack } from "../kept-pack.ts";
import { makePack, type Pack } from "../pack.ts";
import type { Pairing } from "../pairing.ts";
import { fields, notUnderstood, OID } from "../parse.ts";
import { sentText } from "../push/create.ts";
import { guestTrouble } from "../trouble.ts";
import { ARRIVE, ARRIVING, LACKING, LOOK_AHEAD } from "./guest/arrive.ts";

/** From a repository of the host into one in the guest. */
export interface Ahead {
  host: Pick<Repository, "directory" | "commonDir">;
  guest: GuestRepository;
  /** Of the repository that the command is about. */
  repoId: string;
  /** Commits that the push is about. */
  tips: readonly string[];
  /** What the guest says it has; what the host has not of it does not count. */
  has: readonly string[];
}

/**
 * Brings what the commits need and the workspace lacks, when that is much. Returns references of the workspace that the
 * push has to take away, because nothing else names what arrived. Throws UserError as a push does.
 */
export async function shipAhead(
  ctx: Context,
  target: Target,
  pair: Pairing,
  { tips, has }: Pick<Ahead, "tips" | "has">,
): Promise<string[]> {
  const { repo, branch, workspace } = pair;
  const { dir } = workspace;
  const { directory } = repo;
  const size = await during(ctx.out, "see how much is to be sent", sizeOf(ctx, directory, { tips, has }));
  if (size < WORTH_KEEPING) return [];
  await scanOutgoing(ctx, pair, tips);
  const guest = { dir, place: "own" } as const;
  const waiting = await lookAhead(ctx, target, guest);
  const step = ctx.out.step(`send the commits of ${sanitize(branch.name)} to ${dir}`);
  try {
    const ahead = { host: repo, guest, repoId: repo.id, tips, has };
    const gone = await sendAhead(ctx, target, ahead, waiting, step.update);
    step.done();
    return gone;
  } catch (error) {
    step.failed();
    throw await guestTrouble(ctx, target, error, { doing: "the push", directory, range: tips, dir });
  }
}

/** What came earlier of a repository in the guest, and what it has. */
export async function lookAhead(ctx: Context, target: Target, guest: GuestRepository): Promise<Waiting> {
  const said = await callGuest(ctx, target, { text: LOOK_AHEAD, args: [guest.dir, guest.place] });
  return parsed(said, parseAhead);
}

/** The commits' objects; returns the references that name what arrived, now or earlier. Throws ToolError. */
export async function sendAhead(
  ctx: Context,
  target: Target,
  { host, guest, repoId, tips, has }: Ahead,
  { half, arrived, ends, named }: Waiting,
  tell: (line: string) => void,
): Promise<string[]> {
  const lacks = tips.filter((oid) => !arrived.includes(oid));
  if (lacks.length === 0) return arrivedRefs(arrived);
  const known = await knownHere(ctx, host.directory, [...has, ...named]);
  const what = { tips: lacks, has: known };
  const make = (directory: string) => makePack(ctx, host, { ...what, ends, directory }, tell);
  const place = guest.place === "own" ? guest.dir : `${guest.dir}/${guest.place}`;
  const whole = await withKeptPack(
    ctx,
    { repoId, dir: place, ...what },
    make,
    async (directory, pack) =>
      pack !== undefined &&
      sendPack(ctx, target, guest, {
        ...{ tips: lacks, half, directory, pack, onLine: tell },
        ends: await shallowRoots(ctx, { ...host, shallow: isShallow(host) }, lacks),
      }),
  );
  return arrivedRefs([...arrived, ...(whole ? lacks : [])]);
}

export const arrivedRefs = (oids: readonly string[]): string[] =>
  [...new Set(oids)].map((oid) => ARRIVING + oid);

/**
 * Bytes of what `tips` reach and `has` do not, as it lies in the repository; 0 when git cannot tell: a partial clone may
 * lack what the push does not need.
 */
export async function sizeOf(
  ctx: Context,
  directory: string,
  { tips, has }: Pick<Ahead, "tips" | "has">,
): Promise<number> {
  const args = ["rev-list", "--ignore-missing", "--objects", "--disk-usage", "--stdin"];
  const { code, stdout } = await git(ctx, directory, args, { input: listOf({ tips, has }), ok: "any" });
  return code === 0 ? Number(stdout.trim()) : 0;
}

/** Bytes of all that a repository of the host holds. */
export async function objectBytes(ctx: Context, directory: string): Promise<number> {
  const { stdout } = await git(ctx, directory, ["count-objects", "-v"]);
  const kib = [...stdout.matchAll(/^size(?:-pack)?: (\d+)$/gm)].map(([, size]) => Number(size));
  return kib.reduce((sum, one) => sum + one, 0) * 1024;
}

const listOf = ({ tips, has }: Pick<Ahead, "tips" | "has">): string =>
  [...tips, ...has.map((oid) => `^${oid}`)].map((line) => `${line}\n`).join("");

/** More are left for the next push. */
const MAX_ARRIVED = 100;

export interface Waiting {
  /** A pack that came by half; a claim. */
  half: { pack: string; bytes: number } | undefined;
  /** Commits that arrived. */
  arrived: string[];
  /** Commits at which the history there ends. */
  ends: string[];
  /** What other references of a submodule name. */
  named: string[];
}

/** The answer of LOOK_AHEAD. */
export function parseAhead(answer: string): Waiting {
  const [pack, bytes, ...lines] = fields(answer);
  if (pack === undefined || bytes === undefined) throw notUnderstood("it is cut off");
  const half = OID.test(pack) && /^\d{1,15}$/.test(bytes) ? { pack, bytes: Number(bytes) } : undefined;
  const found: Waiting = { half, arrived: [], ends: [], named: [] };
  for (const line of lines) {
    const [first = "", second = ""] = line.split(" ");
    if (first === "shallow" && OID.test(second)) found.ends.push(second);
    else if (OID.test(first)) (second === ARRIVING + first ? found.arrived : found.named).push(first);
  }
  return { ...found, arrived: found.arrived.slice(0, MAX_ARRIVED) };
}

/** Those of the commits and tags that this repository has, in one order. */
async function knownHere(ctx: Context, directory: string, oids: readonly string[]): Promise<string[]> {
  const input = [...new Set(oids)].map((oid) => `${oid}\n`).join("");
  const args = ["cat-file", "--batch-check=%(objectname) %(objecttype)"];
  const { stdout } = await git(ctx, directory, args, { input });
  const found = [...stdout.matchAll(/^([0-9a-f]+) (?:commit|tag)$/gm)];
  return found.map(([, oid = ""]) => oid).sort();
}

export interface Sending {
  tips: readonly string[];
  half: Waiting["half"];
  /** See shallowRoots. */
  ends: readonly string[];
  /** Where the pack lies. */
  directory: string;
  pack: Pack;
  onLine(line: string): void;
}

/** False when what is there now does not reach all that it needs. */
export async function sendPack(
  ctx: Context,
  target: Target,
  { dir, place, mark = "" }: GuestRepository,
  { tips, half, ends, directory, pack, onLine }: Sending,
): Promise<boolean> {
  const commands = Buffer.from(tips.map((oid) => `update ${ARRIVING}${oid} ${oid}\n`).join(""));
  const list = Buffer.from(ends.map((oid) => `${oid}\n`).join(""));
  const file = join(directory, "first");
  await writeFile(file, Buffer.concat([commands, list]));
  const from = half?.pack === pack.name && half.bytes <= pack.bytes ? half.bytes : 0;
  const sizes = [commands.length, list.length, pack.bytes, pack.indexBytes].map(String);
  const args = [dir, place, pack.name, ...sizes, pack.sum, pack.indexSum, String(from), mark];
  const all = commands.length + list.length + pack.bytes + pack.indexBytes;
  const { code } = await ctx.run(sshArgv(target, ["sh", "-c", ARRIVE, "sh", ...args]), {
    inputFile: [file, pack.file, pack.index],
    skip: new Map([[pack.file, from]]),
    onSent: (bytes) => onLine(sentText(from + bytes, all)),
    ok: [0, LACKING],
    signal: ctx.signal,
  });
  return code === 0;
}
