// Host → guest: makes a branch's workspace and brings it forward, never by force.
import { git, query, transfer } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import type { Branch } from "../workspace/branch.ts";
import type { Workspace } from "../workspace/registry.ts";
import type { Repository } from "../workspace/repository.ts";
import { countBetween } from "./compare.ts";
import { ENSURE } from "./guest/ensure.ts";
import { IN_THE_WAY } from "./guest/in-the-way.ts";
import { callGuest, nulSeparated } from "./guest.ts";
import { incomingPaths } from "./incoming.ts";
import { observeOne, requirePresent } from "./observe.ts";
import { publicOrigin } from "./origin.ts";
import { fields, type Observation, parseEnsured, textOf } from "./parse.ts";
import { pathsInTheWay, quoted, type Refusal } from "./plan.ts";
import { planPush } from "./plan-push.ts";
import { whatStaysBehind } from "./travel.ts";
import { guestTrouble } from "./trouble.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

/** One branch of the host and its workspace: what push and fetch work on. */
export interface Pairing {
  repo: Repository;
  branch: Branch;
  workspace: Workspace;
}

export interface Ensured {
  /** The directory was made by this call. */
  created: boolean;
  /** The workspace's commit of the branch; undefined until the first push is through. */
  tip?: string;
}

/** Makes the workspace when it is missing, in one round trip, and says where its branch is. Goes on after a crash. */
export async function ensureWorkspace(ctx: Context, target: Target, pair: Pairing): Promise<Ensured> {
  const { repo, workspace } = pair;
  const origin = publicOrigin(await query(ctx, repo.directory, ["config", "--get", "remote.origin.url"]));
  const args = [workspace.dir, workspace.branch, repo.objectFormat, origin ?? "", repo.id];
  let answer: string;
  try {
    answer = await callGuest(ctx, target, { text: ENSURE, args });
  } catch (error) {
    const what = { doing: "making the workspace", directory: repo.directory, range: [] };
    throw await guestTrouble(ctx, target, error, what);
  }
  const { state, tip } = parseEnsured(answer);
  if (state === "occupied") {
    throw new UserError(`In the VM ~/workspace/${workspace.dir} is something else than this workspace.`, {
      hint: `Look at it with agent-vm connect, and move it away: mv ~/workspace/${workspace.dir} ~/`,
      exit: EXIT.refused,
    });
  }
  return { created: state === "created", ...(tip !== undefined && { tip }) };
}

/**
 * Brings the workspace to the host's branch; any number of times. Throws UserError (4) with the verdict when it has
 * commits of its own, edits or untracked files in the way. Returns the verdict that was found.
 */
export async function pushBranch(
  ctx: Context,
  target: Target,
  pair: Pairing,
  ensured?: Ensured,
): Promise<Verdict> {
  const { repo, branch, workspace } = pair;
  const before = ensured ?? (await ensureWorkspace(ctx, target, pair));
  if (before.tip === branch.oid) return { kind: "equal" };
  if (before.created) {
    for (const line of await whatStaysBehind(ctx, repo, branch.oid)) ctx.out.say(line);
    await send(ctx, target, pair, undefined);
    return { kind: "not in the workspace" };
  }
  const asked = { dir: workspace.dir, branch: branch.name, tip: branch.oid };
  const seen = requirePresent(await observeOne(ctx, target, asked, "counts"), asked);
  const verdict = await verdictFor(ctx, repo, branch, seen);
  const plan = planPush(branch.name, verdict, seen);
  if (plan.do === "refuse") throw refusal(plan.why);
  if (plan.do === "nothing") return verdict;
  if (plan.checkPaths) await refuseOverwriting(ctx, target, pair, seen);
  if (!plan.intoTree)
    ctx.out.say(`The workspace has ${sanitize(seen.on ?? "a commit")} checked out; its files stay.`);
  await send(ctx, target, pair, seen.tip);
  return verdict;
}

export const refusal = (why: Refusal): UserError =>
  new UserError(why.message, { details: why.details, hint: why.hint, exit: EXIT.refused });

/** The host counts when it has the workspace's commit; else the guest's own count is all there is. */
export async function verdictFor(
  ctx: Context,
  repo: Repository,
  branch: Pick<Branch, "oid">,
  seen: Observation,
): Promise<Verdict> {
  const workspace = seen.tip;
  if (workspace === undefined) return verdictOf({ host: branch.oid, workspace, counts: undefined });
  const counts = await countBetween(ctx, repo.directory, { host: branch.oid, workspace });
  return verdictOf({ host: branch.oid, workspace, counts: counts ?? seen.relation });
}

async function refuseOverwriting(
  ctx: Context,
  target: Target,
  pair: Pairing,
  seen: Observation,
): Promise<void> {
  const { repo, branch, workspace } = pair;
  const old = seen.head ?? EMPTY_TREE[repo.objectFormat];
  const raw = await rawDiff(ctx, repo.directory, old, branch.oid);
  const wanted = incomingPaths(raw).map(({ path, as }) => `${as === "file" ? "F" : "D"} ${path}`);
  if (wanted.length === 0) return;
  const call = { text: IN_THE_WAY, args: [workspace.dir], data: nulSeparated(wanted, "latin1") };
  const hits = fields(await callGuest(ctx, target, call)).map(textOf);
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

const VERB = [
  "push",
  "--porcelain",
  "--no-verify",
  "--no-signed",
  "--no-follow-tags",
  "--recurse-submodules=no",
] as const;

async function send(ctx: Context, target: Target, pair: Pairing, old: string | undefined): Promise<void> {
  const { repo, branch, workspace } = pair;
  const ref = `refs/heads/${branch.name}`;
  const step = ctx.out.step(`push ${sanitize(branch.name)} to ${workspace.dir}`);
  try {
    // The commit that was examined, not whatever the branch is by now.
    const refspec = `${branch.oid}:${ref}`;
    await transfer(ctx, repo.directory, {
      target,
      dir: workspace.dir,
      verb: VERB,
      refspecs: [refspec],
      onLine: step.update,
    });
  } catch (error) {
    step.failed();
    const range = [branch.oid, ...(old === undefined ? [] : [`^${old}`])];
    throw await guestTrouble(ctx, target, error, { doing: "the push", directory: repo.directory, range });
  }
  step.done();
}
