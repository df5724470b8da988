// From a branch's name to its workspace, complete in the VM: what `connect` and `push` begin with.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { type Ensured, ensureWorkspace } from "../sync/ensure.ts";
import { entryNote } from "../sync/entry-note.ts";
import { branchRefs, bytesOf, knownOf } from "../sync/mirror.ts";
import type { Pairing } from "../sync/pairing.ts";
import { quoted } from "../sync/plan.ts";
import { hostRef } from "../sync/push/companions.ts";
import type { PushWay } from "../sync/push/plan-push.ts";
import type { Pushed } from "../sync/push/push.ts";
import { verdictOn } from "../sync/relation.ts";
import { verdictText } from "../sync/verdict.ts";
import { plural } from "../sync/words.ts";
import { type Branch, parseBranch, resolveBranch } from "./branch.ts";
import { type EarlyLook, lookEarly } from "./early-look.ts";
import type { WorkspaceDir } from "./names.ts";
import { reserveWorkspace, withWorkspaceLock } from "./registry.ts";
import { findRepository, givenDirectory, type Repository } from "./repository.ts";

export interface PreparedWorkspace {
  dir: WorkspaceDir;
  branch: Branch;
  repo: Repository;
  target: Target;
  /** It was made and pushed by this call. */
  created: boolean;
  /** It was not set up yet. */
  setupDue: boolean;
}

type Pair = Pairing & {
  target: Target;
  /** See branchRefs(). */
  refs?: ReadonlyMap<string, string>;
  early: EarlyLook;
};

/** Repository, branch and directory of a name; the branch is made when it is missing, and then the VM is up. */
async function pairFor(ctx: Context, name: string): Promise<Pair> {
  const branchName = await parseBranch(ctx, name);
  // All at once: each is a process of some milliseconds, and needs nothing of the others. Who finds no repository says so.
  const early = await lookEarly(ctx, branchName);
  const asked = branchRefs(ctx, givenDirectory(ctx), branchName).catch(() => undefined);
  const repo = await findRepository(ctx);
  const refs = await asked;
  const branch = await resolveBranch(ctx, repo, branchName, refs?.get(bytesOf(`refs/heads/${branchName}`)));
  if (branch.created) await tellOfNew(ctx, branch);
  // Not before the VM is up: a directory that nothing can be put into is no workspace.
  const target = await ctx.target();
  const workspace = await reserveWorkspace(ctx, { repoName: repo.name, repoId: repo.id, branch: branchName });
  return { repo, branch, workspace, target, ...(refs && { refs }), early };
}

// What makes and moves workspaces is two thirds of the program that a look at one needs: it comes when it is needed.

const push = async (...args: Parameters<typeof import("../sync/push/push.ts")["pushBranch"]>) =>
  (await import("../sync/push/push.ts")).pushBranch(...args);

async function sparseAsHere(ctx: Context, target: Target, pair: Pairing): Promise<void> {
  const { makeSparse } = await import("../clones/sparse.ts");
  await makeSparse(ctx, target, pair);
}

/** What was heard early, unless another command has worked on the workspace since. */
const heardEarly = ({ early, workspace, branch }: Pair, synced: string | undefined, waited: boolean) =>
  waited ? undefined : early.answerTo({ ...workspace, tip: branch.oid, synced });

/** A slip of the keys makes a branch, too: then one is there whose name is nearly the same. */
async function tellOfNew(ctx: Context, { name, oid }: Branch): Promise<void> {
  const { nearest } = await import("../help/near.ts");
  const { hostBranches } = await import("./known.ts");
  const [near] = nearest(name, await hostBranches(ctx));
  const other = near === undefined ? "" : ` There is a branch ${sanitize(near)}, too.`;
  ctx.out.say(`Made the branch ${sanitize(name)} from HEAD (${oid.slice(0, 10)}).${other}`);
}

/**
 * A workspace that can be entered. A missing one is made and pushed; an existing one is only looked at, in one round
 * trip, and the user is told the verdict when it is not "equal".
 */
export async function prepareWorkspace(
  ctx: Context,
  name: string,
  sparse = false,
): Promise<PreparedWorkspace> {
  const pair = { ...(await pairFor(ctx, name)), sparse };
  const { target } = pair;
  const found = await withWorkspaceLock(ctx, pair.workspace.dir, async (waited) => {
    const { synced } = await knownOf(ctx, pair.repo.directory, pair.workspace, pair.refs);
    const ensured = heardEarly(pair, synced, waited) ?? (await ensureWorkspace(ctx, target, pair, synced));
    const unfilled = ensured.unfilled && ensured.tip === pair.branch.oid;
    if (ensured.tip === undefined || unfilled) await push(ctx, target, pair, "plain", ensured);
    else await tellWhenUnequal(ctx, pair, ensured, synced);
    if (sparse && ensured.state !== "missing") await sparseAsHere(ctx, target, pair);
    const created = ensured.tip === undefined;
    return {
      created,
      setupDue: ensured.state === "missing" ? await wantsSetup(ctx, pair) : ensured.setupDue,
    };
  });
  return { dir: pair.workspace.dir, branch: pair.branch, repo: pair.repo, target, ...found };
}

async function wantsSetup(ctx: Context, pair: Pairing): Promise<boolean> {
  const { setupWanted } = await import("../sync/push/create.ts");
  return setupWanted(ctx, pair);
}

async function tellWhenUnequal(
  ctx: Context,
  { repo, branch }: Pairing,
  { tip, view }: Ensured,
  synced: string | undefined,
): Promise<void> {
  const verdict = await verdictOn(ctx, repo.directory, { host: branch.oid, workspace: tip, synced }, view);
  const note = entryNote(verdict, branch.name);
  if (note !== undefined) ctx.out.say(note);
}

/**
 * `agent-vm push <branch>`: the sentence to say at its end. With `carry` the granted ignored files go along, with
 * `sparse` the patterns of the host's sparse checkout.
 */
export async function pushToWorkspace(
  ctx: Context,
  name: string,
  way: PushWay = "plain",
  { carry, sparse = false }: { carry?: "keep" | "replace" | undefined; sparse?: boolean | undefined } = {},
): Promise<string> {
  const pair = { ...(await pairFor(ctx, name)), sparse };
  const { target } = pair;
  const pushed = await withWorkspaceLock(ctx, pair.workspace.dir, async (waited) => {
    const { synced } = await knownOf(ctx, pair.repo.directory, pair.workspace, pair.refs);
    const did =
      carry === undefined
        ? await push(ctx, target, pair, way, heardEarly(pair, synced, waited))
        : await pushAndCarry(ctx, target, pair, { way, replace: carry === "replace" });
    if (sparse && did.did !== "created") await sparseAsHere(ctx, target, pair);
    return did;
  });
  return sentence(pushed, pair);
}

/** The files go also when the branch cannot: a workspace with commits of its own may need a new key. */
async function pushAndCarry(
  ctx: Context,
  target: Target,
  pair: Pairing,
  { way, replace }: { way: PushWay; replace: boolean },
): Promise<Pushed> {
  const { cargoAgain, carryAgain } = await import("../carry/carry.ts");
  const { synced } = await knownOf(ctx, pair.repo.directory, pair.workspace);
  const ensured = await ensureWorkspace(ctx, target, pair, synced);
  // What is made gets them by itself.
  if (ensured.state === "missing") return push(ctx, target, pair, way, ensured);
  const cargo = await cargoAgain(ctx, pair);
  let pushed: Pushed | undefined;
  let refusal: UserError | undefined;
  try {
    pushed = await push(ctx, target, pair, way, ensured);
  } catch (error) {
    if (!(error instanceof UserError && error.exit === EXIT.refused)) throw error;
    refusal = error;
  }
  await carryAgain(ctx, target, pair, { cargo, replace }).catch((error: unknown) => {
    if (refusal) ctx.out.warn([refusal.message, refusal.hint ?? ""].join(" "));
    throw error;
  });
  if (pushed === undefined) throw refusal;
  return pushed;
}

function sentence({ did, verdict }: Pushed, { branch, workspace: { dir } }: Pairing): string {
  const name = sanitize(branch.name);
  if (did === "nothing") return `${dir} is at the host's commit already.`;
  if (did === "aside") {
    const ref = hostRef(branch.name).replace("refs/remotes/", "");
    return `${dir} has it as ${sanitize(ref)} (${verdictText(verdict)}); there: git merge ${quoted(ref)}`;
  }
  if (did === "reset") return `${dir} begins anew from the host's commit (it was: ${verdictText(verdict)}).`;
  if (verdict.kind === "host ahead") return `${dir} is ${plural(verdict.host, "commit")} further.`;
  return `${dir} has the branch "${name}" now.`;
}
