// A workspace that is not in the VM yet: seeded there, filled from the host, checked out, and named at the end.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { sshArgv, type Target } from "../../target.ts";
import { wantedOf } from "../project-file/read.ts";
import { scanOutgoing } from "../scan/gate.ts";
import { type Companions, companionsOf, type Sent } from "./companions.ts";
import { type Ensured, originFor } from "./ensure.ts";
import { SEED, SHIP } from "./guest/create.ts";
import { callGuest } from "./guest.ts";
import { withKeptPack } from "./kept-pack.ts";
import { recordSynced } from "./mirror.ts";
import { makePack, type Pack, withScratch } from "./pack.ts";
import type { Pairing } from "./pairing.ts";
import { type Seeded, seedFromSibling } from "./seed.ts";
import { send } from "./send.ts";
import { refusePartial, whatStaysBehind } from "./travel.ts";
import { guestTrouble, hostTrouble } from "./trouble.ts";

/**
 * Makes the workspace, complete with its files, or nothing that has its name. Only what is reachable from the branch,
 * its base and their tags reaches the VM. `half`: what the VM has of a pack that broke off. Throws UserError when the
 * VM or the host cannot.
 */
export async function createWorkspace(
  ctx: Context,
  target: Target,
  pair: Pairing,
  half?: Ensured["half"],
): Promise<void> {
  const { repo, branch } = pair;
  const companions = await companionsOf(ctx, repo, branch, new Map());
  const tips = [branch.oid, ...companions.missing.map((one) => one.oid)];
  await refusePartial(ctx, repo, tips);
  await scanOutgoing(ctx, pair, tips);
  for (const line of await whatStaysBehind(ctx, repo, branch.oid)) ctx.out.say(line);
  try {
    const seeded = await seedFromSibling(ctx, target, pair, companions);
    if (repo.shallow) await pushInto(ctx, target, pair, companions);
    else await shipInto(ctx, target, pair, { companions, seeded, half });
  } catch (error) {
    const what = { doing: "making the workspace", directory: repo.directory, range: [branch.oid] };
    throw await guestTrouble(ctx, target, error, what);
  }
  await recordSynced(ctx, repo, pair.workspace, branch.oid);
}

const words = ({ branch, workspace }: Pairing) => `push ${sanitize(branch.name)} to ${workspace.dir}`;

/** A pack and its index made here: the VM need not work them out again (spec, facts: a quarter of the time). */
async function shipInto(
  ctx: Context,
  target: Target,
  pair: Pairing,
  what: { companions: Companions; seeded: Seeded; half: Ensured["half"] },
): Promise<void> {
  const { repo, branch, workspace } = pair;
  const refs = allRefs(pair, what.companions);
  const step = ctx.out.step(words(pair));
  try {
    const tips = [branch.oid, ...what.companions.missing.map((one) => one.oid)];
    const { has, begun } = what.seeded;
    const make = (directory: string) =>
      makePack(ctx, repo.directory, { tips, has, directory }, step.update).catch(async (error: unknown) => {
        const doing = { doing: "packing the branch", directory: repo.directory, range: [] };
        throw await hostTrouble(ctx, target, error, doing);
      });
    await withKeptPack(ctx, { repoId: repo.id, dir: workspace.dir, tips, has }, make, (directory, pack) =>
      sendFiles(ctx, target, pair, { refs, pack, begun, directory, half: what.half }, step.update),
    );
  } catch (error) {
    step.failed();
    throw error;
  }
  step.done();
}

const allRefs = ({ branch }: Pairing, { missing }: Companions): Sent[] => [
  { ref: `refs/heads/${branch.name}`, oid: branch.oid, force: false },
  ...missing,
];

interface Shipment {
  refs: readonly Sent[];
  pack: Pack | undefined;
  begun: boolean;
  directory: string;
  half?: Ensured["half"];
}

/** Bytes of the pack that the VM has already. */
const there = ({ pack, half }: Shipment): number =>
  pack !== undefined && half?.pack === pack.name && half.bytes <= pack.bytes ? half.bytes : 0;

const MiB = 1024 * 1024;

async function sendFiles(
  ctx: Context,
  target: Target,
  pair: Pairing,
  shipment: Shipment,
  onLine: (line: string) => void,
): Promise<void> {
  const { refs, pack, begun, directory } = shipment;
  const { repo, branch, workspace } = pair;
  const commands = Buffer.from(refs.map(({ ref, oid }) => `update ${ref}\0${oid}\0\0`).join(""));
  const file = join(directory, "refs");
  await writeFile(file, commands);
  const all = commands.length + (pack?.bytes ?? 0) + (pack?.indexBytes ?? 0);
  const from = there(shipment);
  const args = [
    ...[workspace.dir, branch.name, branch.oid, repo.objectFormat, await originFor(ctx, pair), repo.id],
    begun ? "begun" : "new",
    pack?.name ?? "",
    ...[commands.length, pack?.bytes ?? 0, pack?.indexBytes ?? 0].map(String),
    ...[pack?.sum ?? "", pack?.indexSum ?? "", (await setupWanted(ctx, pair)) ? "setup" : "", String(from)],
  ];
  await ctx.run(sshArgv(target, ["sh", "-c", SHIP, "sh", ...args]), {
    inputFile: pack ? [file, pack.file, pack.index] : file,
    ...(pack && { skip: new Map([[pack.file, from]]) }),
    onSent: (bytes) => onLine(sentText(from + bytes, all)),
    signal: ctx.signal,
  });
}

const sentText = (bytes: number, all: number): string =>
  bytes < all
    ? `${Math.floor(bytes / MiB)} of ${Math.ceil(all / MiB)} MiB sent`
    : "all sent; the VM checks it and puts the files in place";

/** Whether the branch's commit says what a workspace needs before it is used. */
export async function setupWanted(ctx: Context, { repo, branch }: Pairing): Promise<boolean> {
  const { projectFile, preCommit } = await wantedOf(ctx, repo.directory, branch.oid);
  return projectFile || preCommit;
}

/** A short history must tell the VM where it ends, which git's own protocol does. */
async function pushInto(ctx: Context, target: Target, pair: Pairing, companions: Companions): Promise<void> {
  const { repo, branch, workspace } = pair;
  const place = [workspace.dir, branch.name, repo.objectFormat, await originFor(ctx, pair), repo.id];
  await callGuest(ctx, target, { text: SEED, args: [...place, ""], data: new Uint8Array() });
  const all = allRefs(pair, companions);
  const directory = `.agent-vm.new.${workspace.dir}`;
  await send(ctx, target, pair, { main: all[0]?.ref, all, words: words(pair), directory });
  await withScratch(ctx, (scratch) =>
    sendFiles(
      ctx,
      target,
      pair,
      { refs: all, pack: undefined, begun: true, directory: scratch },
      () => undefined,
    ),
  );
}
