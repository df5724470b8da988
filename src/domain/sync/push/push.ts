// Host → guest: makes a branch's workspace and brings it forward, never by force.
import type { Context } from "../../../context.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import { during } from "../../../io/output.ts";
import type { Target } from "../../../target.ts";
import { SETTLE } from "../../clones/guest/untouched.ts";
import { pathsOf, refuseTooLong } from "../../clones/long-paths.ts";
import { completePartial } from "../../clones/partial.ts";
import { sendLargeFiles } from "../../lfs/push.ts";
import { wasUsed } from "../../lfs/store.ts";
import { scanOutgoing } from "../../scan/gate.ts";
import { bringSubmodules, withoutSubmodules } from "../../submodules/out.ts";
import { submoduleTree, type Tree } from "../../submodules/tree.ts";
import { shipAhead } from "../ahead/ship.ts";
import { type Ensured, ensureWorkspace } from "../ensure.ts";
import { callGuest } from "../guest.ts";
import { incomingPaths, type RawDiff, replacesDirectory } from "../incoming.ts";
import { knownOf, recordSynced } from "../mirror.ts";
import { observeOne, requirePresent } from "../observe.ts";
import type { Pairing } from "../pairing.ts";
import type { Observation } from "../parse.ts";
import { refusal } from "../refusal.ts";
import { verdictOn } from "../relation.ts";
import type { Verdict } from "../verdict.ts";
import { type Companions, companionsOf, hostRef, type Sent, tellOtherTags } from "./companions.ts";
import { createWorkspace } from "./create.ts";
import { EMPTY_TREE, rawDiff, refuseOverwriting } from "./overwriting.ts";
import { type PushPlan, type PushWay, planPush } from "./plan-push.ts";
import { incomingInGuest, resetWorkspace } from "./reset.ts";
import { send } from "./send.ts";
import { refuseShadows } from "./shadows.ts";

export type { Pairing } from "../pairing.ts";

/** What a push found, and what it did about it. */
export interface Pushed {
  verdict: Verdict;
  did: "nothing" | "created" | "pushed" | "aside" | "reset";
}

/**
 * Brings the workspace to the host's branch; any number of times. The base and the tags that it lacks go along. Throws
 * UserError (4) with the verdict when it has commits of its own, edits or untracked files in the way. `ensured` is what
 * ensureWorkspace said just now.
 */
export async function pushBranch(
  ctx: Context,
  target: Target,
  pair: Pairing,
  way: PushWay = "plain",
  ensured?: Ensured,
): Promise<Pushed> {
  const { repo, branch } = pair;
  const { synced } = await knownOf(ctx, repo.directory, pair.workspace);
  const looking = ensured ? Promise.resolve(ensured) : ensureWorkspace(ctx, target, pair, synced);
  const refs = looking.then((seen) => seen.refs);
  const [before, companions, submodules] = await Promise.all([
    looking,
    companionsOf(ctx, repo, branch, refs),
    submoduleTree(ctx, repo, branch.oid),
  ]);
  if (before.state === "missing") {
    await createWorkspace(ctx, target, pair, { companions, submodules, half: before.half });
    return { verdict: { kind: "not in the workspace" }, did: "created" };
  }
  const going = [branch.oid, ...companions.missing.map((one) => one.oid)];
  await completePartial(ctx, repo, going, synced);
  const tips = { host: branch.oid, workspace: before.tip, synced };
  if (before.tip === branch.oid) {
    const settle = await bringSubmodules(ctx, target, pair, submodules);
    await refresh(ctx, target, pair, { companions, before });
    await recordSynced(ctx, repo, pair.workspace, branch.oid);
    await settle();
    return { verdict: { kind: "equal" }, did: "nothing" };
  }
  if (way === "aside") {
    const verdict = await verdictOn(ctx, repo.directory, tips, before.view);
    await bringSubmodules(ctx, target, pair, submodules, "beside");
    await sendAside(ctx, target, pair, { companions, before, words: "beside the work in" });
    return { verdict, did: "aside" };
  }
  const { dir, repoId } = pair.workspace;
  const asked = { dir, repoId, branch: branch.name, tip: branch.oid, synced };
  const comparing = Promise.all([
    observeOne(ctx, target, asked, "counts"),
    rawDiff(ctx, repo.directory, before.tip ?? EMPTY_TREE[repo.objectFormat], branch.oid, "any"),
  ]);
  const [there, arriving] = await during(ctx.out, "compare the branch with its workspace", comparing);
  const observed = requirePresent(there, asked);
  const seen = { ...observed, changed: withoutSubmodules(observed.changed, submodules) };
  const verdict = await verdictOn(ctx, repo.directory, { ...tips, workspace: seen.tip }, view(seen));
  const plan = planPush(branch.name, verdict, { ...seen, locked: before.locked, synced }, way);
  const did = await apply(ctx, target, pair, { plan, seen, companions, before, submodules, arriving });
  return { verdict, did };
}

const view = ({ relation, sinceSynced }: Observation) => ({
  ...(relation !== undefined && { relation }),
  ...(sinceSynced !== undefined && { sinceSynced }),
});

interface Facts {
  plan: PushPlan;
  seen: Observation;
  companions: Companions;
  before: Ensured;
  submodules: Tree;
  /** The raw diff from the workspace's branch; nothing where the host lacks that commit. */
  arriving: RawDiff;
}

async function apply(ctx: Context, target: Target, pair: Pairing, facts: Facts): Promise<Pushed["did"]> {
  const { plan, seen, companions, before, submodules } = facts;
  const { repo, branch, workspace } = pair;
  if (plan.do === "refuse") throw refusal(plan.why);
  if (plan.do !== "push" && plan.do !== "reset") return "nothing";
  if (plan.intoTree) await refusePaths(ctx, target, pair, facts);
  const settle = await bringSubmodules(ctx, target, pair, submodules);
  if (plan.intoTree && seen.untouched) await callGuest(ctx, target, { text: SETTLE, args: [workspace.dir] });
  if (!plan.intoTree) {
    ctx.out.say(`The workspace has ${sanitize(seen.on ?? "a commit")} checked out; its files stay.`);
  }
  if (plan.do === "reset") {
    await sendAside(ctx, target, pair, { companions, before, words: "to" });
    if (plan.intoTree)
      await refuseOverwriting(ctx, target, pair, await incomingInGuest(ctx, target, pair, plan.keep));
    await resetWorkspace(ctx, target, pair, { tip: plan.keep, on: seen.on });
  } else {
    const main = { ref: `refs/heads/${branch.name}`, oid: branch.oid, force: false };
    await sendAll(ctx, target, pair, { companions, before, main, old: seen.tip, words: "to" });
  }
  await recordSynced(ctx, repo, workspace, branch.oid);
  await settle();
  return plan.do === "reset" ? "reset" : "pushed";
}

/** Before anything is sent: the files can follow. Of a reset, whose old commit the host may lack, the rest comes later. */
async function refusePaths(
  ctx: Context,
  target: Target,
  pair: Pairing,
  { plan, seen, before, arriving }: Facts,
): Promise<void> {
  if (plan.do === "reset") return refuseTooLong(ctx, target, pair, await pathsOf(ctx, pair));
  if (plan.do !== "push") return;
  const old = seen.head ?? EMPTY_TREE[pair.repo.objectFormat];
  const { directory } = pair.repo;
  // Somebody in the workspace may have moved it between the two looks.
  const raw = old === before.tip ? arriving : await rawDiff(ctx, directory, old, pair.branch.oid);
  const incoming = [...incomingPaths(raw)];
  await refuseTooLong(
    ctx,
    target,
    pair,
    incoming.map(({ path }) => path),
  );
  if (plan.checkPaths || replacesDirectory(raw)) await refuseOverwriting(ctx, target, pair, incoming);
}

/** What a workspace at the host's commit lacks besides; nothing is called when it lacks nothing. */
async function refresh(
  ctx: Context,
  target: Target,
  pair: Pairing,
  { companions, before }: { companions: Companions; before: Ensured },
): Promise<void> {
  const { missing, otherTags } = companions;
  tellOtherTags(ctx, otherTags);
  await sendLarge(ctx, target, pair, { companions, old: before.tip, all: missing });
  if (missing.length === 0) return;
  refuseShadows(
    pair,
    before.refs,
    missing.map((one) => one.ref),
  );
  const words = `refresh base and tags in ${pair.workspace.dir}`;
  tellRefused(ctx, await send(ctx, target, pair, { main: undefined, all: missing, words }));
}

/** The host's commit as a reference that nothing has checked out: never in anybody's way. */
async function sendAside(
  ctx: Context,
  target: Target,
  pair: Pairing,
  what: { companions: Companions; before: Ensured; words: string },
): Promise<void> {
  const { branch } = pair;
  const main = { ref: hostRef(branch.name), oid: branch.oid, force: true };
  if (what.before.refs.get(main.ref) === main.oid) return refresh(ctx, target, pair, what);
  await sendAll(ctx, target, pair, { ...what, main, old: undefined });
}

async function sendAll(
  ctx: Context,
  target: Target,
  pair: Pairing,
  what: { companions: Companions; before: Ensured; main: Sent; old: string | undefined; words: string },
): Promise<void> {
  const { main, old, companions } = what;
  const all = [main, ...companions.missing.filter((one) => one.ref !== main.ref)];
  refuseShadows(
    pair,
    what.before.refs,
    all.map((one) => one.ref),
  );
  await sendLarge(ctx, target, pair, { companions, old, all });
  const has = [...what.before.refs.values(), ...[what.before.tip, old].filter((oid) => oid !== undefined)];
  const tips = [...new Set([main.oid, ...(companions.base ? [companions.base.oid] : [])])];
  const gone = await shipAhead(ctx, target, pair, { tips, has });
  const words = `push ${sanitize(pair.branch.name)} ${what.words} ${pair.workspace.dir}`;
  const left = await send(ctx, target, pair, { main: main.ref, all, old, gone, words });
  tellOtherTags(ctx, companions.otherTags);
  tellRefused(ctx, left);
}

/** Before the commits that name them, so that the workspace's tree gets their content at once. */
async function sendLarge(
  ctx: Context,
  target: Target,
  pair: Pairing,
  { companions, old, all }: { companions: Companions; old: string | undefined; all: readonly Sent[] },
): Promise<void> {
  if (!(await wasUsed(pair.repo.commonDir))) return;
  const tips = [pair.branch.oid, ...all.map((one) => one.oid)];
  await scanOutgoing(ctx, pair, tips);
  await sendLargeFiles(ctx, target, pair, { place: "there", base: companions.base?.oid, old });
}

function tellRefused(ctx: Context, refs: readonly string[]): void {
  for (const ref of refs) ctx.out.say(`The workspace did not take ${sanitize(ref)}; it has its own.`);
}
