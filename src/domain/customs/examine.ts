// Examines what the host's branch would gain: changes nothing.
import type { Context } from "../../context.ts";
import { baseOf } from "../sync/base.ts";
import { bytesOf } from "../sync/mirror.ts";
import type { Branch } from "../workspace/branch.ts";
import type { Repository } from "../workspace/repository.ts";
import { activeOn } from "./active.ts";
import { incomingChanges } from "./changes.ts";
import { classify, unknownRules } from "./classify.ts";
import { agreedTo } from "./remembered.ts";
import type { Finding } from "./rule.ts";

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

export interface Examined {
  /** All that was found, and of it what must be asked. */
  findings: Finding[];
  asked: Finding[];
  /** Bytes of text that were not looked at. */
  unread: number;
}

export async function examine(ctx: Context, journey: Journey): Promise<Examined> {
  const { repo, branch, from, now, to, synced, path, below } = journey;
  const base = await baseOf(ctx, repo, { name: branch });
  const without = [from, synced, ...(base?.oids ?? [])].filter((one) => one !== undefined);
  const range = { directory: repo.directory, now, tip: to, without, newBranch: from === undefined };
  const { changes, links, unread } = await incomingChanges(ctx, range);
  if (changes.length === 0) return { findings: [], asked: [], unread };
  const { add = [], mute = [] } = ctx.settings.customs ?? {};
  for (const word of unknownRules(mute)) ctx.out.warn(`The setting customs.mute names no rule: "${word}".`);
  const found = classify(changes, await activeOn(ctx, repo, path), { add, mute }, links);
  const findings =
    below === undefined ? found : found.map((one) => ({ ...one, path: bytesOf(`${below}/`) + one.path }));
  const agreed = await agreedTo(ctx, repo.id);
  const asked = findings.filter((one) => one.asks && !agreed.has(one.key));
  return { findings, asked, unread };
}
