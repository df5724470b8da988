// What one connection of a watch asks the guest, and when: each kind of question again and again, never twice at once.
import type { Context } from "../../context.ts";
import { parsed } from "../../guard/from-guest.ts";
import { agentReports, listed } from "../session/list.ts";
import { parseWholeSessions } from "../session/seen.ts";
import { nulSeparated } from "../sync/guest.ts";
import { askedBytes } from "../sync/observe.ts";
import { parseOverview } from "../sync/told.ts";
import { described, type Question, questionOf, type WorkspaceStatus } from "../workspace/describe.ts";
import { listWorkspaces } from "../workspace/registry.ts";
import type { Channel } from "./channel.ts";
import { createDue } from "./due.ts";
import type { Facts } from "./facts.ts";
import { parseSizes } from "./sizes.ts";
import { whenever } from "./whenever.ts";

export interface Keeping {
  following: { trees: boolean; sizes: boolean };
  facts(): Facts;
  update(change: Partial<Facts>): void;
}

export interface Asking {
  channel(): Channel;
  signal: AbortSignal;
  onError(error: unknown): void;
}

/** What is wanted seen; each comes true after a while. */
export interface Looks {
  /** What the host knows; undefined before the first look. */
  question(): Question | undefined;
  /** Everything for the first time. */
  begin(): void;
  /** Workspaces that changed, and those that may have. Names that are none of ours are not remembered. */
  changed(dirs: readonly string[]): void;
  unsure(dirs: readonly string[]): void;
  /** Something came to ~/workspace or left it. */
  names(): void;
  /** References or the map of workspaces changed on the host. */
  host(): void;
  /** What nobody told us of, little by little. */
  sweep(): void;
  sessions(): void;
}

export function looksOf(ctx: Context, keeping: Keeping, asking: Asking): Looks {
  const { following, update } = keeping;
  // Connected is who has seen everything once.
  const unseen = new Set(following.trees ? ["workspaces", "sessions"] : ["sessions"]);
  const seenAll = (what: string): Partial<Facts> => {
    unseen.delete(what);
    return unseen.size > 0 ? {} : { vm: "running", connected: true, trouble: undefined };
  };
  const toMeasure = following.sizes ? sizesOf(keeping, asking) : () => undefined;
  const trees = treesOf(ctx, keeping, { ...asking, toMeasure, seen: () => seenAll("workspaces") });
  const reports = agentReports(ctx);
  // Whoever awaits it tells.
  reports.catch(() => undefined);
  const sessions = whenever(async () => {
    const said = await asking.channel().ask("look");
    const whole = parsed(said, parseWholeSessions);
    // Asked again; what was seen last stands until then.
    if (whole === undefined) sessions();
    const workspaces = trees.question()?.asked ?? (await listWorkspaces(ctx));
    const told = whole && { sessions: listed(whole, workspaces, await reports) };
    update({ ...told, ...seenAll("sessions") });
  }, asking);
  return {
    ...trees,
    sessions,
    begin: () => {
      if (following.trees) trees.host();
      sessions();
    },
  };
}

interface Trees extends Asking {
  toMeasure(dirs: readonly string[]): void;
  /** What is known once the workspaces were seen. */
  seen(): Partial<Facts>;
}

function treesOf(ctx: Context, { facts, update }: Keeping, asking: Trees) {
  const due = createDue();
  let question: Question | undefined;
  const unread = { host: true, names: true };
  /** What the host knows, read again; what differs is due. Everything, when nothing was known. */
  const readHost = async (): Promise<Question> => {
    unread.host = false;
    const before = question;
    question = await questionOf(ctx);
    const dirs = new Set<string>(dirsOf(question));
    due.know(dirs);
    if (before?.asked.some(({ dir }) => !dirs.has(dir))) unread.names = true;
    if (before) due.soon(differing(before, question));
    return question;
  };
  const look = async () => {
    const first = question === undefined;
    const now = question === undefined || unread.host ? await readHost() : question;
    const dirs = new Set(first ? dirsOf(now) : due.take());
    let seen: WorkspaceStatus[] = [];
    if (dirs.size > 0 || unread.names) {
      unread.names = false;
      const asked = now.asked.filter((one) => dirs.has(one.dir));
      const said = await asking.channel().ask("observe", askedBytes(asked));
      seen = await described(ctx, now, parsed(said, parseOverview), dirs);
    }
    const ours = new Set<string>(dirsOf(now));
    update({ workspaces: merged(facts().workspaces, seen, ours), ...asking.seen() });
    asking.toMeasure([...dirs]);
    if (!due.isEmpty()) want();
  };
  const want = whenever(look, asking);
  const wanted = (what: Partial<typeof unread>) => () => {
    Object.assign(unread, what);
    want();
  };
  const asDue = (when: "soon" | "later") => (dirs: readonly string[]) => {
    due[when](dirs);
    if (!due.isEmpty()) want();
  };
  return {
    question: () => question,
    changed: asDue("soon"),
    unsure: asDue("later"),
    names: wanted({ host: true, names: true }),
    host: wanted({ host: true }),
    sweep: () => {
      if (question) due.later(dirsOf(question));
      wanted({ host: true, names: true })();
    },
  };
}

const dirsOf = ({ asked }: Question) => asked.map((one) => one.dir);

/** The workspaces of which the host knows something else than before. */
export function differing(before: Question, now: Question): string[] {
  const known = new Map(before.asked.map((one) => [one.dir, one]));
  return now.asked
    .filter((one) => {
      const old = known.get(one.dir);
      return (
        old === undefined ||
        one.tip !== old.tip ||
        one.synced !== old.synced ||
        one.branch !== old.branch ||
        one.repoId !== old.repoId
      );
    })
    .map((one) => one.dir);
}

/** What was seen takes the place of what was, in its order. What is not `ours` is there as long as it is seen. */
export function merged(
  before: readonly WorkspaceStatus[],
  seen: readonly WorkspaceStatus[],
  ours: ReadonlySet<string>,
): readonly WorkspaceStatus[] {
  const news = new Map(seen.map((one) => [one.dir, one]));
  const kept = before.filter((one) => news.has(one.dir) || ours.has(one.dir));
  const known = new Set(kept.map((one) => one.dir));
  return [...kept.map((one) => news.get(one.dir) ?? one), ...seen.filter((one) => !known.has(one.dir))];
}

/** Milliseconds until a workspace that changed is measured again. */
const STALE = 60_000;
/** Workspaces that are measured in one question. */
const SOME = 8;

/** Gives what wants workspaces measured, unless they were a moment ago. */
function sizesOf({ facts, update }: Keeping, asking: Asking): (dirs: readonly string[]) => void {
  const measured = new Map<string, number>();
  const unmeasured = new Set<string>();
  const measure = async () => {
    const some = [...unmeasured].slice(0, SOME);
    const said = await asking.channel().ask("size", nulSeparated(some, "utf8"));
    const { disk, of } = parsed(said, parseSizes);
    const sizes = new Map(facts().sizes);
    for (const dir of some) {
      unmeasured.delete(dir);
      measured.set(dir, Date.now());
      const size = of.get(dir);
      if (size === undefined) sizes.delete(dir);
      else sizes.set(dir, size);
    }
    update({ sizes, disk });
    if (unmeasured.size > 0) want();
  };
  const want = whenever(measure, asking);
  return (dirs) => {
    const since = Date.now() - STALE;
    for (const dir of dirs) if ((measured.get(dir) ?? 0) < since) unmeasured.add(dir);
    if (unmeasured.size > 0) want();
  };
}
