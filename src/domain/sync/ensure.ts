// One look at a workspace, in one round trip: is it there, where is its branch, what of the host's does it have.
import { query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { type FromGuest, parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import type { Workspace } from "../workspace/registry.ts";
import { ENSURE } from "./guest/ensure.ts";
import { callGuest } from "./guest.ts";
import { occupied } from "./occupied.ts";
import type { Pairing } from "./pairing.ts";
import { fields, notUnderstood, OID, oidOrNothing, parseRelation, parseSynced, textOf } from "./parse.ts";
import { publicOrigin } from "./push/origin.ts";
import type { Refs } from "./push/tags.ts";
import type { GuestView } from "./relation.ts";
import { guestTrouble } from "./trouble.ts";

export interface Ensured {
  state: "missing" | "occupied" | "present";
  /** What a repository in the workspace's place says it belongs to, when that is not this one. */
  mark?: string;
  /** Of a missing one: the pack that a transfer which broke off has left, and how many bytes of it. A claim. */
  half?: { pack: string; bytes: number };
  /** The workspace's commit of the branch. */
  tip?: string;
  /** Its tags and what it has of the host's branches. Names are a stranger's: to look up, never to use. */
  refs: Refs;
  /** Something writes in its index, or did and was interrupted. */
  locked: boolean;
  /** It was made, but not set up yet. */
  setupDue: boolean;
  /** Its submodules were never checked out: it was interrupted, or the host had none of them then. */
  unfilled: boolean;
  view: GuestView;
}

/**
 * Looks at the workspace; one whose deletion was interrupted is in its place again afterwards, nothing else is changed.
 * `synced` is the last commit that both sides had. Throws UserError (4) when something else lies in its place.
 */
export async function ensureWorkspace(
  ctx: Context,
  target: Target,
  pair: Pairing,
  synced?: string,
): Promise<Ensured> {
  const { repo, workspace } = pair;
  let answer: FromGuest;
  try {
    answer = await callGuest(ctx, target, {
      text: ENSURE,
      args: ensureArgs({ ...workspace, tip: pair.branch.oid, synced }),
    });
  } catch (error) {
    const what = {
      doing: "looking at the workspace",
      directory: repo.directory,
      range: [],
      dir: workspace.dir,
    };
    throw await guestTrouble(ctx, target, error, what);
  }
  const found = parsed(answer, parseEnsured);
  if (found.state === "occupied") {
    throw occupied({ dir: workspace.dir, repoId: repo.id }, found.mark);
  }
  return found;
}

/** What ENSURE is asked: the workspace, the host's commit of its branch, and the last one that both had. */
export interface EnsureQuestion extends Omit<Workspace, "repoName"> {
  tip: string | undefined;
  synced: string | undefined;
}

export const ensureArgs = ({ dir, branch, repoId, tip, synced }: EnsureQuestion): string[] => [
  ...[dir, branch, repoId],
  ...[tip ?? "", synced ?? ""],
];

/**
 * Whether the answer to one question is that to another one: the same workspace is there, and either its commit is the
 * host's, so that nothing was to be compared, or the same was.
 */
export function answersTo(asked: EnsureQuestion, { state, tip }: Ensured, now: EnsureQuestion): boolean {
  const sameOf = (keys: readonly (keyof EnsureQuestion)[]) => keys.every((key) => asked[key] === now[key]);
  if (state !== "present" || !sameOf(["dir", "branch", "repoId"])) return false;
  return (tip !== undefined && tip === now.tip) || sameOf(["tip", "synced"]);
}

/** The answer of ENSURE. */
export function parseEnsured(answer: string): Ensured {
  const [state, ...rest] = fields(answer);
  const found: Ensured = { state: "missing", refs: new Map(), ...NO_FACTS, view: {} };
  if (state === "missing") return { ...found, state, ...halfOf(rest) };
  if (state === "occupied")
    return { ...found, state, ...(rest[0] !== undefined && { mark: textOf(rest[0]) }) };
  if (state !== "present") throw notUnderstood(state ?? "it is empty");
  const facts = rest.indexOf("=facts");
  if (facts < 1 || rest.at(-1) !== "=done") throw notUnderstood("it is cut off");
  const tip = oidOrNothing(rest[0] ?? "");
  const refs = new Map(
    rest.slice(1, facts).map((line) => {
      const at = line.indexOf(" ");
      return [textOf(line.slice(at + 1)), oidOrNothing(line.slice(0, Math.max(at, 0))) ?? ""] as const;
    }),
  );
  return {
    state,
    ...(tip !== undefined && { tip }),
    refs,
    ...parseFacts(rest.slice(facts + 1, -1)),
  };
}

/** What bears another kind of name is none of ours. */
const halfOf = ([pack = "", bytes = ""]: readonly string[]): Pick<Ensured, "half"> =>
  OID.test(pack) && /^\d{1,15}$/.test(bytes) ? { half: { pack, bytes: Number(bytes) } } : {};

const NO_FACTS = { locked: false, setupDue: false, unfilled: false };
/** Facts that are a word alone. */
const FLAGS: Record<string, keyof typeof NO_FACTS> = {
  "=locked": "locked",
  "=setup": "setupDue",
  "=unfilled": "unfilled",
};

function parseFacts(words: readonly string[]): typeof NO_FACTS & Pick<Ensured, "view"> {
  const view: GuestView = {};
  const flags = { ...NO_FACTS };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    const flag = FLAGS[word ?? ""];
    if (flag !== undefined) {
      flags[flag] = true;
      continue;
    }
    index += 1;
    const value = words[index] ?? "";
    if (word === "=relation") view.relation = parseRelation(value);
    else if (word === "=synced") view.sinceSynced = parseSynced(value);
    else throw notUnderstood(word ?? "");
  }
  return { ...flags, view };
}

/** The url that a workspace's `origin` gets; "" for none. */
export async function originFor(ctx: Context, { repo }: Pairing): Promise<string> {
  return publicOrigin(await query(ctx, repo.directory, ["config", "--get", "remote.origin.url"])) ?? "";
}
