// Submodules on their way into a workspace: seen there, decided on, sent, and checked out when its commit has moved.
import type { Context } from "../../context.ts";
import { parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import { callGuest, nulSeparated } from "../sync/guest.ts";
import type { Pairing } from "../sync/pairing.ts";
import { refusal } from "../sync/refusal.ts";
import { guestTrouble } from "../sync/trouble.ts";
import { LOOK, LOOK_ONE } from "./guest/look.ts";
import { SETTLE, SETTLE_ONE } from "./guest/settle.ts";
import { inClone } from "./home/names.ts";
import { noteInStep } from "./home/synced.ts";
import { refuseInside } from "./in-the-way.ts";
import { fillInside, sendLargeInside } from "./large.ts";
import { wayToFiles, wayToGitDir } from "./places.ts";
import { refusalFor, type Step, stepFor } from "./plan-out.ts";
import { parseSettled, parseSubmodules, type SeenSubmodules } from "./seen.ts";
import { isContained, scanSubmodules, sendObjects } from "./send.ts";
import type { Node, Tree } from "./tree.ts";
import { leftLine, settledLine, stayingBehind, unsettledLine } from "./words.ts";

/** A submodule and what a push does with it. */
export interface Planned {
  node: Node;
  step: Step;
}

/** Checks out what was sent; called when the workspace's own commit has moved. */
export type Settle = () => Promise<void>;

const NOTHING: Settle = () => Promise.resolve();

/** Says what of the commit's submodules the workspace does not get. */
export function tellStayingBehind(ctx: Context, { branch }: Pairing, tree: Tree): void {
  for (const line of stayingBehind(tree, branch.name)) ctx.out.warn(line);
}

/** What is changed beside the submodules, which bringSubmodules looks into: git leaves them out when it moves a tree. */
export function withoutSubmodules(changed: readonly string[], { nodes }: Tree): string[] {
  const ours = new Set(nodes.map((node) => node.path));
  return changed.filter((path) => !ours.has(path));
}

/** All submodules of a workspace that was made just now; they passed scanSubmodules. */
export async function fillSubmodules(
  ctx: Context,
  target: Target,
  pair: Pairing,
  { nodes }: Tree,
): Promise<void> {
  if (nodes.length === 0) return;
  await sendObjects(ctx, target, pair, nodes);
  const all = nodes.map((node) => ({ node, from: undefined }));
  const large = await sendLargeInside(ctx, target, pair, all);
  const made = all.map(({ node, from }): Planned => ({ node, step: { do: "make", from } }));
  const moved = await settle(ctx, target, pair, made);
  await fillInside(ctx, target, pair, { large, moved, stayed: new Set() });
}

/**
 * Brings the submodules' commits into a workspace that exists, and moves nothing: what it returns does; "beside" checks
 * nothing out. Throws UserError (4) for one that would have to move over work.
 */
export async function bringSubmodules(
  ctx: Context,
  target: Target,
  pair: Pairing,
  tree: Tree,
  way: "into" | "beside" = "into",
): Promise<Settle> {
  tellStayingBehind(ctx, pair, tree);
  if (tree.nodes.length === 0) return NOTHING;
  const seen = await look(ctx, target, pair, tree.nodes);
  const into = way === "into" && seen.on === `refs/heads/${pair.branch.name}`;
  const planned = into ? await planAll(ctx, tree.nodes, seen) : [];
  const why = refusalFor(
    pair.branch.name,
    planned.map(({ node, step }) => ({ path: node.path, step })),
  );
  if (why) throw refusal(why);
  await refuseInside(ctx, target, pair, othersIn(planned, tree.nodes, seen));
  const taking = takersAmong(tree.nodes, seen);
  const lacking = tree.nodes.filter((node, at) => taking.has(node) && !seen.found[at]?.has);
  await scanSubmodules(ctx, pair, lacking);
  await sendObjects(ctx, target, pair, lacking);
  const going = tree.nodes.flatMap((node, at) =>
    taking.has(node) ? [{ node, from: seen.found[at]?.head }] : [],
  );
  const large = await sendLargeInside(ctx, target, pair, going);
  const stayed = new Set(planned.flatMap(({ node, step }) => (step.do === "nothing" ? [node] : [])));
  return async () => {
    const moved = await settle(ctx, target, pair, planned, into && !seen.filled);
    await fillInside(ctx, target, pair, { large, moved, stayed });
  };
}

/** Those that get commits; what is inside of one that gets none gets none either. */
function takersAmong(nodes: readonly Node[], { found }: SeenSubmodules): Set<Node> {
  const paths = new Set([""]);
  return new Set(
    nodes.filter(({ path, parent }, at) => {
      const takes = paths.has(parent.path) && canTake(found[at]?.state);
      if (takes) paths.add(path);
      return takes;
    }),
  );
}

/** Into a git directory of the submodule's own alone. */
const canTake = (state: SeenSubmodules["found"][number]["state"] | undefined): boolean =>
  state === "absent" || state === "kept" || state === "present" || state === "elsewhere";

async function look(
  ctx: Context,
  target: Target,
  pair: Pairing,
  nodes: readonly Node[],
): Promise<SeenSubmodules> {
  const asked = nodes.flatMap(({ gitDir, path, parent, oid }) => {
    const inside = parent.path === "" ? path : path.slice(parent.path.length + 1);
    return [gitDir, path, parent.gitDir, inside, oid];
  });
  const { dir } = pair.workspace;
  try {
    const call = { text: LOOK, args: [LOOK_ONE, dir], data: nulSeparated(asked, "utf8") };
    const said = await callGuest(ctx, target, call);
    return parsed(said, parseSubmodules);
  } catch (error) {
    const doing = "looking at the submodules";
    throw await guestTrouble(ctx, target, error, { doing, directory: pair.repo.directory, range: [], dir });
  }
}

/** What is inside of one that stays as it is stays, too. */
async function planAll(ctx: Context, nodes: readonly Node[], { found }: SeenSubmodules): Promise<Planned[]> {
  const planned: Planned[] = [];
  const stays = new Set<string>();
  for (const [at, node] of nodes.entries()) {
    const seen = found[at];
    if (seen === undefined) continue;
    const { head } = seen;
    const has = seen.state === "present" || seen.state === "elsewhere";
    const asks = has && head !== undefined && head !== node.oid && head !== seen.settled;
    const contained = asks && (await isContained(ctx, node, head, node.oid));
    const step: Step = stays.has(node.parent.path)
      ? { do: "leave", why: undefined }
      : stepFor({ path: node.path, oid: node.oid, contained }, seen);
    if (step.do === "leave" || step.do === "refuse") stays.add(node.path);
    planned.push({ node, step });
  }
  return planned;
}

/** Those that move although files lie in them that git does not track. */
function othersIn(
  planned: readonly Planned[],
  nodes: readonly Node[],
  { found }: SeenSubmodules,
): { node: Node; from: string }[] {
  return planned.flatMap(({ node, step }) =>
    step.do === "move" && found[nodes.indexOf(node)]?.others ? [{ node, from: step.from }] : [],
  );
}

/**
 * Gives those that were checked out. `first`: the workspace is to know that this was done, also when nothing is left to
 * do.
 */
async function settle(
  ctx: Context,
  target: Target,
  pair: Pairing,
  planned: readonly Planned[],
  first = true,
): Promise<Set<Node>> {
  const { dir } = pair.workspace;
  for (const { node, step } of planned)
    if (step.do === "leave" && step.why !== undefined) ctx.out.warn(leftLine(node.path, step.why));
  const due = planned.filter(({ step }) => "from" in step);
  if (due.length === 0 && !first) return new Set();
  const data = nulSeparated(due.flatMap(recordOf), "utf8");
  const call = { text: SETTLE, args: [SETTLE_ONE, dir], data };
  const doing = "checking out the submodules";
  const words = await callGuest(ctx, target, call)
    .then((said) => parsed(said, parseSettled))
    .catch(async (error: unknown) => {
      throw await guestTrouble(ctx, target, error, { doing, directory: pair.repo.directory, range: [], dir });
    });
  const done = due.filter((_, at) => words[at] === "done");
  for (const { node } of done) await noteInStep(ctx, homeOf(pair, node), pair.branch.name, node.oid);
  const line = settledLine(done.map(({ node, step }) => ({ path: node.path, do: step.do })));
  if (line !== undefined) ctx.out.say(line);
  for (const [at, { node }] of due.entries()) {
    const word = words[at] ?? "failed";
    if (word !== "done") ctx.out.warn(unsettledLine(node.path, word));
  }
  return new Set(done.map(({ node }) => node));
}

const homeOf = ({ workspace }: Pairing, { clone: { gitDir } }: Node) => ({
  ...{ directory: gitDir, gitDir, refs: inClone(workspace.dir) },
});

/** The ten arguments of SETTLE_ONE. */
function recordOf({ node, step }: Planned): string[] {
  const { gitDir, path, oid, origin, name, parent } = node;
  const from = "from" in step ? step.from : undefined;
  const ways = [wayToGitDir(path, gitDir), wayToFiles(path, gitDir)];
  return [step.do, gitDir, path, ...ways, oid, from ?? "", origin ?? "", name, parent.gitDir];
}
