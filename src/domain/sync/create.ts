// A workspace that is not in the VM yet: seeded there, filled from the host, checked out, and named at the end.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { sshArgv, type Target } from "../../target.ts";
import { tooLongPath } from "../clones/long-paths.ts";
import { completePartial } from "../clones/partial.ts";
import { shallowRoots } from "../clones/shallow.ts";
import { type Patterns, sparsePatterns } from "../clones/sparse.ts";
import { wantedOf } from "../project-file/read.ts";
import { scanOutgoing } from "../scan/gate.ts";
import type { Companions, Sent } from "./companions.ts";
import { originFor } from "./ensure.ts";
import { SHIP } from "./guest/create.ts";
import { recordSynced } from "./mirror.ts";
import { makePack, type Pack, withScratch } from "./pack.ts";
import type { Pairing } from "./pairing.ts";
import { type Seeded, seedFromSibling } from "./seed.ts";
import { whatStaysBehind } from "./travel.ts";
import { guestTrouble, hostTrouble } from "./trouble.ts";

/**
 * Makes the workspace, complete with its files, or nothing that has its name. Only what is reachable from the branch,
 * its base and their tags (`companions`, of a workspace that has nothing) reaches the VM. Throws UserError when the VM
 * or the host cannot.
 */
export async function createWorkspace(
  ctx: Context,
  target: Target,
  pair: Pairing,
  companions: Companions,
): Promise<void> {
  const { repo, branch } = pair;
  const tips = [branch.oid, ...companions.missing.map((one) => one.oid)];
  await completePartial(ctx, repo, tips);
  const sparse = pair.sparse ? await sparsePatterns(ctx, repo) : undefined;
  await scanOutgoing(ctx, pair, tips);
  for (const line of await whatStaysBehind(ctx, repo, branch.oid, pair.sparse)) ctx.out.say(line);
  try {
    const seeded = await seedFromSibling(ctx, target, pair, companions);
    await shipInto(ctx, target, pair, { companions, seeded, sparse });
  } catch (error) {
    const what = { doing: "making the workspace", directory: repo.directory, range: [branch.oid] };
    throw await guestTrouble(ctx, target, await tooLongPath(ctx, pair, error), what);
  }
  await recordSynced(ctx, repo, pair.workspace, branch.oid);
}

const words = ({ branch, workspace }: Pairing) => `push ${sanitize(branch.name)} to ${workspace.dir}`;

/** A pack and its index made here: the VM need not work them out again (spec, facts: a quarter of the time). */
async function shipInto(
  ctx: Context,
  target: Target,
  pair: Pairing,
  what: { companions: Companions; seeded: Seeded; sparse: Patterns | undefined },
): Promise<void> {
  const { repo, branch } = pair;
  const refs = allRefs(pair, what.companions);
  const step = ctx.out.step(words(pair));
  try {
    await withScratch(ctx, async (directory) => {
      const tips = [branch.oid, ...what.companions.missing.map((one) => one.oid)];
      const wanted = { tips, has: what.seeded.has, directory };
      const pack = await makePack(ctx, repo.directory, wanted, step.update).catch(async (error: unknown) => {
        const doing = { doing: "packing the branch", directory: repo.directory, range: [] };
        throw await hostTrouble(ctx, target, error, doing);
      });
      const roots = await shallowRoots(ctx, repo, tips);
      const ship = { refs, pack, begun: what.seeded.begun, directory, roots, sparse: what.sparse };
      await sendFiles(ctx, target, pair, ship, step.update);
    });
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
  /** See shallowRoots. */
  roots: readonly string[];
  sparse: Patterns | undefined;
}

const MiB = 1024 * 1024;

async function sendFiles(
  ctx: Context,
  target: Target,
  pair: Pairing,
  { refs, pack, begun, directory, roots, sparse }: Shipment,
  onLine: (line: string) => void,
): Promise<void> {
  const { repo, branch, workspace } = pair;
  const commands = refs.map(({ ref, oid }) => `update ${ref}\0${oid}\0\0`).join("");
  const ends = roots.map((oid) => `${oid}\n`).join("");
  const parts = [Buffer.from(commands), Buffer.from(ends), sparse?.text ?? Buffer.alloc(0)] as const;
  const file = join(directory, "first");
  await writeFile(file, Buffer.concat(parts));
  const [refsSize, endsSize, sparseSize] = parts.map((part) => part.length) as [number, number, number];
  const all = refsSize + (pack?.bytes ?? 0) + (pack?.indexBytes ?? 0);
  const args = [
    ...[workspace.dir, branch.name, branch.oid, repo.objectFormat, await originFor(ctx, pair), repo.id],
    begun ? "begun" : "new",
    pack?.name ?? "",
    ...[refsSize, pack?.bytes ?? 0, pack?.indexBytes ?? 0].map(String),
    ...[pack?.sum ?? "", pack?.indexSum ?? "", (await setupWanted(ctx, pair)) ? "setup" : ""],
    ...[String(endsSize), String(sparseSize), String(sparse?.cone ?? false)],
  ];
  await ctx.run(sshArgv(target, ["sh", "-c", SHIP, "sh", ...args]), {
    inputFile: pack ? [file, pack.file, pack.index] : file,
    onSent: (bytes) => onLine(`${Math.floor(bytes / MiB)} of ${Math.ceil(all / MiB)} MiB sent`),
    signal: ctx.signal,
  });
}

/** Whether the branch's commit says what a workspace needs before it is used. */
export async function setupWanted(ctx: Context, { repo, branch }: Pairing): Promise<boolean> {
  const { projectFile, preCommit } = await wantedOf(ctx, repo.directory, branch.oid);
  return projectFile || preCommit;
}
