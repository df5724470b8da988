// A large push sends its objects first, as a file that goes on where it broke off; then git has next to nothing to send.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { parsed } from "../../../guard/from-guest.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import { during } from "../../../io/output.ts";
import { sshArgv, type Target } from "../../../target.ts";
import { scanOutgoing } from "../../scan/gate.ts";
import { sentText } from "../create.ts";
import { WORTH_KEEPING } from "../guest/half.ts";
import { callGuest } from "../guest.ts";
import { withKeptPack } from "../kept-pack.ts";
import { makePack, type Pack } from "../pack.ts";
import type { Pairing } from "../pairing.ts";
import { fields, notUnderstood, OID } from "../parse.ts";
import { guestTrouble } from "../trouble.ts";
import { ARRIVE, ARRIVING, LOOK_AHEAD } from "./guest/arrive.ts";

export interface Ahead {
  /** Commits that the push is about. */
  tips: readonly string[];
  /** What the workspace says it has; what the host has not of it does not count. */
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
  { tips, has }: Ahead,
): Promise<string[]> {
  const { repo, workspace } = pair;
  // The pack of a short history is whole for nobody else.
  if (repo.shallow) return [];
  const size = await during(
    ctx.out,
    "see how much is to be sent",
    sizeOf(ctx, repo.directory, { tips, has }),
  );
  if (size < WORTH_KEEPING) return [];
  await scanOutgoing(ctx, pair, tips);
  const said = await callGuest(ctx, target, { text: LOOK_AHEAD, args: [workspace.dir] });
  const { half, arrived } = parsed(said, parseAhead);
  const lacks = tips.filter((oid) => !arrived.includes(oid));
  if (lacks.length > 0) await ship(ctx, target, pair, { tips: lacks, has, half });
  return [...new Set([...arrived, ...lacks])].map((oid) => ARRIVING + oid);
}

/**
 * Bytes of what `tips` reach and `has` do not, as it lies in the repository; 0 when git cannot tell: a partial clone may
 * lack what the push does not need.
 */
async function sizeOf(ctx: Context, directory: string, { tips, has }: Ahead): Promise<number> {
  const args = ["rev-list", "--ignore-missing", "--objects", "--disk-usage", "--stdin"];
  const { code, stdout } = await git(ctx, directory, args, { input: listOf({ tips, has }), ok: "any" });
  return code === 0 ? Number(stdout.trim()) : 0;
}

const listOf = ({ tips, has }: Ahead): string =>
  [...tips, ...has.map((oid) => `^${oid}`)].map((line) => `${line}\n`).join("");

/** More are left for the next push. */
const MAX_ARRIVED = 100;

export interface Waiting {
  /** A pack that came by half; a claim. */
  half: { pack: string; bytes: number } | undefined;
  /** Commits that arrived. */
  arrived: string[];
}

/** The answer of LOOK_AHEAD. */
export function parseAhead(answer: string): Waiting {
  const [pack, bytes, ...refs] = fields(answer);
  if (pack === undefined || bytes === undefined) throw notUnderstood("it is cut off");
  const half = OID.test(pack) && /^\d{1,15}$/.test(bytes) ? { pack, bytes: Number(bytes) } : undefined;
  const arrived = refs.flatMap((line) => {
    const [oid = "", name] = line.split(" ");
    return OID.test(oid) && name === ARRIVING + oid ? [oid] : [];
  });
  return { half, arrived: arrived.slice(0, MAX_ARRIVED) };
}

async function ship(
  ctx: Context,
  target: Target,
  pair: Pairing,
  { tips, has, half }: Ahead & Pick<Waiting, "half">,
): Promise<void> {
  const { repo, branch, workspace } = pair;
  const step = ctx.out.step(`send the commits of ${sanitize(branch.name)} to ${workspace.dir}`);
  try {
    const known = await knownHere(ctx, repo.directory, has);
    const make = (directory: string) => makePack(ctx, repo, { tips, has: known, directory }, step.update);
    const shipped = { repoId: repo.id, dir: workspace.dir, tips, has: known };
    await withKeptPack(ctx, shipped, make, async (directory, pack) => {
      if (pack) await send(ctx, target, pair, { tips, half, directory, pack }, step.update);
    });
  } catch (error) {
    step.failed();
    const about = { doing: "the push", directory: repo.directory, range: tips, dir: workspace.dir };
    throw await guestTrouble(ctx, target, error, about);
  }
  step.done();
}

/** Those of the commits and tags that this repository has, in one order. */
async function knownHere(ctx: Context, directory: string, oids: readonly string[]): Promise<string[]> {
  const input = [...new Set(oids)].map((oid) => `${oid}\n`).join("");
  const args = ["cat-file", "--batch-check=%(objectname) %(objecttype)"];
  const { stdout } = await git(ctx, directory, args, { input });
  const found = [...stdout.matchAll(/^([0-9a-f]+) (?:commit|tag)$/gm)];
  return found.map(([, oid = ""]) => oid).sort();
}

interface Sending {
  tips: readonly string[];
  half: Waiting["half"];
  directory: string;
  pack: Pack;
}

async function send(
  ctx: Context,
  target: Target,
  { workspace }: Pairing,
  { tips, half, directory, pack }: Sending,
  onLine: (line: string) => void,
): Promise<void> {
  const commands = Buffer.from(tips.map((oid) => `update ${ARRIVING}${oid} ${oid}\n`).join(""));
  const file = join(directory, "first");
  await writeFile(file, commands);
  const from = half?.pack === pack.name && half.bytes <= pack.bytes ? half.bytes : 0;
  const sizes = [commands.length, pack.bytes, pack.indexBytes].map(String);
  const args = [workspace.dir, pack.name, ...sizes, pack.sum, pack.indexSum, String(from)];
  const all = commands.length + pack.bytes + pack.indexBytes;
  await ctx.run(sshArgv(target, ["sh", "-c", ARRIVE, "sh", ...args]), {
    inputFile: [file, pack.file, pack.index],
    skip: new Map([[pack.file, from]]),
    onSent: (bytes) => onLine(sentText(from + bytes, all)),
    signal: ctx.signal,
  });
}
