// A workspace that is not in the VM yet: seeded there, filled from the host, checked out, and named at the end.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../../context.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import { sshArgv, type Target } from "../../../target.ts";
import { cargoForNew, carryIntoNew } from "../../carry/carry.ts";
import { tooLongPath } from "../../clones/long-paths.ts";
import { completePartial } from "../../clones/partial.ts";
import { shallowRoots } from "../../clones/shallow.ts";
import { type Patterns, sparsePatterns } from "../../clones/sparse.ts";
import { fillTree, sendLargeFiles } from "../../lfs/push.ts";
import { wantedOf } from "../../project-file/read.ts";
import { scanOutgoing } from "../../scan/gate.ts";
import { fillSubmodules, tellStayingBehind } from "../../submodules/out.ts";
import { scanSubmodules } from "../../submodules/send.ts";
import type { Tree } from "../../submodules/tree.ts";
import { type Ensured, originFor } from "../ensure.ts";
import { SHIP } from "../guest/create.ts";
import { withKeptPack } from "../kept-pack.ts";
import { recordSynced } from "../mirror.ts";
import { makePack, type Pack } from "../pack.ts";
import type { Pairing } from "../pairing.ts";
import { guestTrouble, hostTrouble } from "../trouble.ts";
import type { Companions, Sent } from "./companions.ts";
import { type Seeded, seedFromSibling } from "./seed.ts";
import { whatStaysBehind } from "./travel.ts";

/**
 * Makes the workspace, complete with its files, or nothing that has its name. Only what is reachable from the branch,
 * its base and their tags (`companions`, of a workspace that has nothing) reaches the VM. `half`: what the VM has of a
 * pack that broke off. Throws UserError when the VM or the host cannot.
 */
export async function createWorkspace(
  ctx: Context,
  target: Target,
  pair: Pairing,
  what: { companions: Companions; submodules: Tree; half: Ensured["half"] },
): Promise<void> {
  const { repo, branch } = pair;
  const { companions, submodules } = what;
  const tips = [branch.oid, ...companions.missing.map((one) => one.oid)];
  await completePartial(ctx, repo, tips);
  const sparse = pair.sparse ? await sparsePatterns(ctx, repo) : undefined;
  await scanOutgoing(ctx, pair, tips);
  const wanted = await wantedOf(ctx, repo.directory, branch.oid);
  const cargo = await cargoForNew(ctx, pair, wanted.projectFile);
  const setup = wanted.projectFile || wanted.preCommit;
  await scanSubmodules(ctx, pair, submodules.nodes);
  tellStayingBehind(ctx, pair, submodules);
  const travel = await whatStaysBehind(ctx, repo, branch.oid, pair.sparse);
  for (const line of travel.lines) ctx.out.say(line);
  const base = companions.base?.oid;
  const large =
    travel.largeFiles && (await sendLargeFiles(ctx, target, pair, { place: "new", base, old: undefined }));
  try {
    const seeded = await seedFromSibling(ctx, target, pair, companions);
    await shipInto(ctx, target, pair, { ...what, seeded, setup, sparse });
  } catch (error) {
    const failed = { doing: "making the workspace", directory: repo.directory, range: [branch.oid] };
    throw await guestTrouble(ctx, target, await tooLongPath(ctx, pair, error), failed);
  }
  if (large) await fillTree(ctx, target, pair.workspace);
  await recordSynced(ctx, repo, pair.workspace, branch.oid);
  await fillSubmodules(ctx, target, pair, submodules);
  await carryIntoNew(ctx, target, pair, cargo);
}

const words = ({ branch, workspace }: Pairing) => `push ${sanitize(branch.name)} to ${workspace.dir}`;

interface Shipping {
  companions: Companions;
  seeded: Seeded;
  half: Ensured["half"];
  setup: boolean;
  sparse: Patterns | undefined;
}

/** A pack and its index made here: the VM need not work them out again (spec, facts: a quarter of the time). */
async function shipInto(ctx: Context, target: Target, pair: Pairing, what: Shipping): Promise<void> {
  const { repo, branch, workspace } = pair;
  const refs = allRefs(pair, what.companions);
  const step = ctx.out.step(words(pair));
  try {
    const tips = [branch.oid, ...what.companions.missing.map((one) => one.oid)];
    const { has, begun } = what.seeded;
    const make = (directory: string) =>
      makePack(ctx, repo, { tips, has, directory }, step.update).catch(async (error: unknown) => {
        const doing = { doing: "packing the branch", directory: repo.directory, range: [] };
        throw await hostTrouble(ctx, target, error, doing);
      });
    await withKeptPack(
      ctx,
      { repoId: repo.id, dir: workspace.dir, tips, has },
      make,
      async (directory, pack) => {
        const roots = await shallowRoots(ctx, repo, tips);
        const { setup, sparse, half } = what;
        await sendFiles(
          ctx,
          target,
          pair,
          { refs, pack, begun, directory, setup, roots, sparse, half },
          step.update,
        );
      },
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
  /** It has to be set up before use. */
  setup: boolean;
  /** See shallowRoots. */
  roots: readonly string[];
  sparse: Patterns | undefined;
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
  const { refs, pack, begun, directory, setup, roots, sparse } = shipment;
  const { repo, branch, workspace } = pair;
  const commands = refs.map(({ ref, oid }) => `update ${ref}\0${oid}\0\0`).join("");
  const ends = roots.map((oid) => `${oid}\n`).join("");
  const parts = [Buffer.from(commands), Buffer.from(ends), sparse?.text ?? Buffer.alloc(0)] as const;
  const file = join(directory, "first");
  await writeFile(file, Buffer.concat(parts));
  const [refsSize, endsSize, sparseSize] = parts.map((part) => part.length) as [number, number, number];
  const all = refsSize + (pack?.bytes ?? 0) + (pack?.indexBytes ?? 0);
  const from = there(shipment);
  const args = [
    ...[workspace.dir, branch.name, branch.oid, repo.objectFormat, await originFor(ctx, pair), repo.id],
    begun ? "begun" : "new",
    pack?.name ?? "",
    ...[refsSize, pack?.bytes ?? 0, pack?.indexBytes ?? 0].map(String),
    ...[pack?.sum ?? "", pack?.indexSum ?? "", setup ? "setup" : ""],
    ...[String(endsSize), String(sparseSize), String(sparse?.cone ?? false), String(from)],
  ];
  await ctx.run(sshArgv(target, ["sh", "-c", SHIP, "sh", ...args]), {
    inputFile: pack ? [file, pack.file, pack.index] : file,
    ...(pack && { skip: new Map([[pack.file, from]]) }),
    onSent: (bytes) => onLine(sentText(from + bytes, all)),
    signal: ctx.signal,
  });
}

/** How much of all is on its way. */
export const sentText = (bytes: number, all: number): string =>
  bytes < all
    ? `${Math.floor(bytes / MiB)} of ${Math.ceil(all / MiB)} MiB sent`
    : "all sent; the VM checks it and puts the files in place";

/** Whether the branch's commit says what a workspace needs before it is used. */
export async function setupWanted(ctx: Context, { repo, branch }: Pairing): Promise<boolean> {
  const { projectFile, preCommit } = await wantedOf(ctx, repo.directory, branch.oid);
  return projectFile || preCommit;
}
