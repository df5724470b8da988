// Host → guest: makes a branch's workspace and brings it forward, never by force.

import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { SETTLE } from "../clones/guest/untouched.ts";
import { completePartial } from "../clones/partial.ts";
import { type Companions, companionsOf, hostRef, type Sent, tellOtherTags } from "./companions.ts";
import { createWorkspace } from "./create.ts";
import { type Ensured, ensureWorkspace } from "./ensure.ts";
import { IN_THE_WAY } from "./guest/in-the-way.ts";
import { callGuest, nulSeparated } from "./guest.ts";
import { type IncomingPath, incomingPaths } from "./incoming.ts";
import { knownOf, recordSynced } from "./mirror.ts";
import { observeOne, requirePresent } from "./observe.ts";
import type { Pairing } from "./pairing.ts";
import { fields, type Observation, textOf } from "./parse.ts";
import { pathsInTheWay, quoted, type Refusal } from "./plan.ts";
import { type PushPlan, type PushWay, planPush } from "./plan-push.ts";
import { verdictOn } from "./relation.ts";
import { incomingInGuest, resetWorkspace } from "./reset.ts";
import { send } from "./send.ts";
import { refuseShadows } from "./shadows.ts";
import type { Verdict } from "./verdict.ts";

export type { Pairing } from "./pairing.ts";

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
  const [before, companions] = await Promise.all([looking, companionsOf(ctx, repo, branch, refs)]);
  if (before.state === "missing") {
    await createWorkspace(ctx, target, pair, companions);
    return { verdict: { kind: "not in the workspace" }, did: "created" };
  }
  const going = [branch.oid, ...companions.missing.map((one) => one.oid)];
  await completePartial(ctx, repo, going, synced);
  const tips = { host: branch.oid, workspace: before.tip, synced };
  if (before.tip === branch.oid) {
    await refresh(ctx, target, pair, { companions, before });
    await recordSynced(ctx, repo, pair.workspace, branch.oid);
    return { verdict: { kind: "equal" }, did: "nothing" };
  }
  if (way === "aside") {
    const verdict = await verdictOn(ctx, repo.directory, tips, before.view);
    await sendAside(ctx, target, pair, { companions, before, words: "beside the work in" });
    return { verdict, did: "aside" };
  }
  const { dir, repoId } = pair.workspace;
  const asked = { dir, repoId, branch: branch.name, tip: branch.oid, synced };
  const seen = requirePresent(await observeOne(ctx, target, asked, "counts"), asked);
  const verdict = await verdictOn(ctx, repo.directory, { ...tips, workspace: seen.tip }, view(seen));
  const plan = planPush(branch.name, verdict, { ...seen, locked: before.locked, synced }, way);
  const did = await apply(ctx, target, pair, { plan, seen, companions, before });
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
}

async function apply(
  ctx: Context,
  target: Target,
  pair: Pairing,
  { plan, seen, companions, before }: Facts,
): Promise<Pushed["did"]> {
  const { repo, branch, workspace } = pair;
  if (plan.do === "refuse") throw refusal(plan.why);
  if (plan.do !== "push" && plan.do !== "reset") return "nothing";
  if (plan.do === "push" && plan.checkPaths) {
    const old = seen.head ?? EMPTY_TREE[repo.objectFormat];
    await refuseOverwriting(
      ctx,
      target,
      pair,
      incomingPaths(await rawDiff(ctx, repo.directory, old, branch.oid)),
    );
  }
  if (plan.intoTree && seen.untouched) await callGuest(ctx, target, { text: SETTLE, args: [workspace.dir] });
  if (!plan.intoTree) {
    ctx.out.say(`The workspace has ${sanitize(seen.on ?? "a commit")} checked out; its files stay.`);
  }
  if (plan.do === "reset") {
    await sendAside(ctx, target, pair, { companions, before, words: "to" });
    if (plan.checkPaths)
      await refuseOverwriting(ctx, target, pair, await incomingInGuest(ctx, target, pair, plan.keep));
    await resetWorkspace(ctx, target, pair, { tip: plan.keep, on: seen.on });
  } else {
    const main = { ref: `refs/heads/${branch.name}`, oid: branch.oid, force: false };
    await sendAll(ctx, target, pair, { companions, before, main, old: seen.tip, words: "to" });
  }
  await recordSynced(ctx, repo, workspace, branch.oid);
  return plan.do === "reset" ? "reset" : "pushed";
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
  const words = `push ${sanitize(pair.branch.name)} ${what.words} ${pair.workspace.dir}`;
  const left = await send(ctx, target, pair, { main: main.ref, all, old, words });
  tellOtherTags(ctx, companions.otherTags);
  tellRefused(ctx, left);
}

function tellRefused(ctx: Context, refs: readonly string[]): void {
  for (const ref of refs) ctx.out.say(`The workspace did not take ${sanitize(ref)}; it has its own.`);
}

export const refusal = (why: Refusal): UserError =>
  new UserError(why.message, { details: why.details, hint: why.hint, exit: EXIT.refused });

async function refuseOverwriting(
  ctx: Context,
  target: Target,
  pair: Pairing,
  incoming: readonly IncomingPath[],
): Promise<void> {
  const { branch, workspace } = pair;
  const wanted = incoming.map(({ path, as }) => `${as === "file" ? "F" : "D"} ${path}`);
  if (wanted.length === 0) return;
  const call = { text: IN_THE_WAY, args: [workspace.dir], data: nulSeparated(wanted, "latin1") };
  const said = await callGuest(ctx, target, call);
  const hits = parsed(said, fields).map(textOf);
  if (hits.length === 0) return;
  const hint = `Move them away there, then push again: agent-vm connect ${quoted(branch.name)}`;
  throw refusal(pathsInTheWay(`the workspace ${workspace.dir}`, hits, hint));
}

const EMPTY_TREE = {
  sha1: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
  sha256: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
};

/** Paths as bytes, one character each. */
export async function rawDiff(ctx: Context, directory: string, old: string, now: string): Promise<string> {
  const args = ["diff-tree", "-r", "--raw", "-z", "--no-renames", "--ignore-submodules=none", old, now, "--"];
  return (await git(ctx, directory, args, { encoding: "latin1" })).stdout;
}
