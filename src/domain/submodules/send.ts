// Commits of submodules on their way into a workspace: looked into for secrets, then pushed.
import { git, transfer } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { remoteLine, type Target } from "../../target.ts";
import { scanOutgoing } from "../scan/gate.ts";
import { arrivedRefs, lookAhead, objectBytes, sendAhead, sizeOf } from "../sync/ahead/ship.ts";
import { WORTH_KEEPING } from "../sync/guest/half.ts";
import type { Pairing } from "../sync/pairing.ts";
import { hostRef } from "../sync/push/companions.ts";
import { guestTrouble } from "../sync/trouble.ts";
import { plural } from "../sync/words.ts";
import { RECEIVE } from "./guest/receive.ts";
import { inUrl } from "./places.ts";
import type { Node } from "./tree.ts";
import { makeWhole } from "./whole.ts";

const OTHER_END = `--receive-pack=${remoteLine(["sh", "-c", RECEIVE, "sh"])}`;

/** Before any of them is sent: all pass the gate. Throws UserError (4) as it does for the branch. */
export async function scanSubmodules(ctx: Context, pair: Pairing, nodes: readonly Node[]): Promise<void> {
  const { workspace } = pair;
  for (const node of nodes) {
    const { clone, oid, path } = node;
    await makeWhole(ctx, clone, { path, oid });
    const repo = { id: pair.repo.id, directory: clone.gitDir };
    await scanOutgoing(ctx, { repo, workspace, submodule: path }, [oid]);
  }
}

/** As few as sshd takes beside other commands of ours; each waits for the VM most of the time. */
const AT_ONCE = 4;

/** Sends the recorded commit of each, as the host's branch in it; a repository that is not there yet is begun. */
export async function sendObjects(
  ctx: Context,
  target: Target,
  pair: Pairing,
  nodes: readonly Node[],
): Promise<void> {
  if (nodes.length === 0) return;
  const step = ctx.out.step(`push ${plural(nodes.length, "submodule")} to ${pair.workspace.dir}`);
  try {
    for (let at = 0; at < nodes.length; at += AT_ONCE) {
      const some = nodes.slice(at, at + AT_ONCE);
      await Promise.all(some.map((node) => sendOne(ctx, target, pair, node, step.update)));
    }
  } catch (error) {
    step.failed();
    throw error;
  }
  step.done();
}

async function sendOne(
  ctx: Context,
  target: Target,
  pair: Pairing,
  node: Node,
  onLine: (line: string) => void,
): Promise<void> {
  const { workspace, branch } = pair;
  const { path, gitDir, oid, clone } = node;
  const tell = (line: string) => onLine(`${sanitize(path)}: ${line}`);
  const what = {
    target,
    dir: inUrl(workspace.dir, gitDir),
    verb: "push" as const,
    options: [OTHER_END],
    onLine: tell,
  };
  try {
    const gone = await shipInside(ctx, target, pair, node, tell);
    const refspecs = [`+${oid}:${hostRef(branch.name)}`, ...gone.map((ref) => `:${ref}`)];
    await transfer(ctx, clone.gitDir, { ...what, refspecs });
  } catch (error) {
    const doing = `the push of the submodule ${sanitize(path)}`;
    throw await guestTrouble(ctx, target, error, { doing, directory: clone.gitDir, range: [oid] });
  }
}

/** Much goes ahead, so that it goes on where it broke off. Returns references that the push has to take away. */
async function shipInside(
  ctx: Context,
  target: Target,
  { repo, workspace }: Pairing,
  { gitDir, oid, clone }: Node,
  tell: (line: string) => void,
): Promise<string[]> {
  const directory = clone.gitDir;
  if ((await objectBytes(ctx, directory)) < WORTH_KEEPING) return [];
  const guest = { dir: workspace.dir, place: gitDir as `.git/modules/${string}` };
  const waiting = await lookAhead(ctx, target, guest);
  const size = await sizeOf(ctx, directory, { tips: [oid], has: waiting.named });
  if (size < WORTH_KEEPING) return arrivedRefs(waiting.arrived);
  const host = { directory, commonDir: directory };
  return sendAhead(ctx, target, { host, guest, repoId: repo.id, tips: [oid], has: [] }, waiting, tell);
}

/** Whether the host knows that one commit contains another, which it need not have. */
export async function isContained(
  ctx: Context,
  { clone }: Node,
  commit: string,
  within: string,
): Promise<boolean> {
  const args = ["merge-base", "--is-ancestor", commit, within];
  return (await git(ctx, clone.gitDir, args, { ok: "any" })).code === 0;
}
