// Examines what the host's branch would gain: changes nothing.
import type { Context } from "../../context.ts";
import { bytesOf } from "../sync/mirror.ts";
import { baseOf } from "../sync/push/base.ts";
import type { Branch } from "../workspace/branch.ts";
import type { Repository } from "../workspace/repository.ts";
import { activeOn } from "./active.ts";
import { incomingChanges, type Range } from "./changes.ts";
import { classifier, type Examined, type Found, type More, unknownRules } from "./classify.ts";
import { readContents, room } from "./read-content.ts";
import { agreedTo } from "./remembered.ts";
import type { Change } from "./rule.ts";
import { readTree } from "./tree.ts";

export interface Journey {
  repo: Repository;
  /** The host's branch that would move or be made. */
  branch: Branch["name"];
  /** Its commit; undefined for one that is made. */
  from: string | undefined;
  /** The workspace's commit, and what the branch would be at: the same, or a commit made with it. */
  now: string;
  to: string;
  /** The commit that both sides had at the last sync: what is older is the host's. */
  synced: string | undefined;
  /** The work tree that would follow. */
  path?: string;
  /** The submodule of the host's repository that this is about: what its paths begin with when they are told. */
  below?: string;
}

export async function examine(ctx: Context, journey: Journey): Promise<Examined> {
  const { repo, branch, from, now, to, synced, path, below } = journey;
  const base = await baseOf(ctx, repo, { name: branch });
  const without = [from, synced, ...(base?.oids ?? [])].filter((one) => one !== undefined);
  const range = { directory: repo.directory, now, tip: to, without, newBranch: from === undefined };
  const { found, unread } = await gather(ctx, repo, path, range);
  if (found === undefined) return { findings: [], asked: [], more: NO_MORE, unread };
  const findings =
    below === undefined
      ? found.findings
      : found.findings.map((one) => ({ ...one, path: bytesOf(`${below}/`) + one.path }));
  const agreed = await agreedTo(ctx, repo.id);
  const { more } = found;
  // Where some are only counted, nobody knows that these were agreed to.
  const asked = findings.filter((one) => one.asks && (more.asked > 0 || !agreed.has(one.key)));
  return { findings, asked, more, unread };
}

const NO_MORE: More = { asked: 0, shown: new Map() };

/** Some changes at a time, so that a hundred thousand files take no more memory than a few; nothing for no change. */
async function gather(
  ctx: Context,
  repo: Repository,
  path: string | undefined,
  range: Range,
): Promise<{ found?: Found; unread: number }> {
  const left = room();
  let unread = 0;
  let sorting: Awaited<ReturnType<typeof sortingFor>> | undefined;
  for await (const changes of incomingChanges(ctx, range)) {
    sorting ??= await sortingFor(ctx, repo, path, range);
    unread += await readContents(ctx, range.directory, changes, left);
    for (const change of changes) sorting.take(change);
  }
  return { ...(sorting && { found: sorting.end() }), unread };
}

async function sortingFor(ctx: Context, repo: Repository, path: string | undefined, range: Range) {
  const { add = [], mute = [] } = ctx.settings.customs ?? {};
  for (const word of unknownRules(mute)) ctx.out.warn(`The setting customs.mute names no rule: "${word}".`);
  const [tree, active] = await Promise.all([
    readTree(ctx, range.directory, range.tip),
    activeOn(ctx, repo, path),
  ]);
  const { take, end } = classifier(active, { add, mute }, tree.links);
  const withName = (change: Change): Change => {
    const collides = isNew(change) ? tree.other(change.path) : undefined;
    return collides === undefined ? change : { ...change, collides };
  };
  return { take: (change: Change) => take(withName(change)), end };
}

const isNew = ({ before }: Change): boolean => before.every(({ mode }) => /^0+$/.test(mode));
