// From changes to findings, by the rules, the user's own, and without those that the user muted. Pure.
import { createHash } from "node:crypto";
import { kept } from "../../io/kept.ts";
import { FILE_RULES, LINK } from "./file-rules.ts";
import { aboveOf, patternOf } from "./match.ts";
import { fold } from "./odd-names.ts";
import { type Active, type Change, type Finding, LEVELS, type Level, type Rule } from "./rule.ts";
import { PATH_RULES } from "./rules.ts";
import { throughLinks } from "./through-links.ts";

export const RULES: readonly Rule[] = [...FILE_RULES, ...PATH_RULES];

/** From the user's own settings alone. */
export interface Choices {
  add: readonly { path: string; level: Level; reason?: string | undefined }[];
  /** "rule", or "rule:pattern" for some paths of it. */
  mute: readonly string[];
}

type Test = (change: Change, path: string, active: Active) => boolean;

interface Ready {
  id: string;
  level: Level;
  reason: string;
  asks: boolean;
  hits: Test;
}

/** Whether a rule hits, on a host that has all it needs. */
export function hitsRule(rule: Pick<Rule, "paths" | "is">): Test {
  const pattern = rule.paths && patternOf(rule.paths);
  const above = rule.paths && aboveOf(rule.paths);
  return (change, path, active) =>
    pattern?.test(path) === true ||
    (change.mode === LINK && above?.test(path) === true) ||
    rule.is?.(change, active, path) === true;
}

function prepare(active: Active, { add, mute }: Choices): Ready[] {
  const muted = mute.map((word) => {
    const [id = "", ...glob] = word.split(":");
    return { id, pattern: glob.length > 0 ? patternOf([glob.join(":")]) : undefined };
  });
  const own = add.map(({ path, level, reason }) => ({
    id: `own ${path}`,
    level,
    reason: reason ?? "A rule of your settings names it.",
    paths: [path],
  }));
  return [...own, ...RULES].flatMap((rule: Omit<Rule, "hit" | "miss">) => {
    const mine = muted.filter(({ id }) => id === rule.id);
    if (mine.some(({ pattern }) => pattern === undefined)) return [];
    const level: Level = rule.needs === undefined || active.tools.has(rule.needs) ? rule.level : "BUILD";
    const hits = hitsRule(rule);
    const spared: Test = (change, path, here) =>
      hits(change, path, here) && !mine.some(({ pattern }) => pattern?.test(path));
    const { id, reason } = rule;
    return { id, level, reason, asks: level === "AUTO" || rule.asks === true, hits: spared };
  });
}

/** Words of `mute` that name no rule: a typing error would leave the user with the questions. */
export const unknownRules = (mute: readonly string[]): string[] =>
  mute.filter((word) => !RULES.some(({ id }) => id === word.split(":", 1)[0]));

const RUNS: readonly Level[] = ["AUTO", "CI", "BUILD"];

/** What a path is as a name alone: nothing of its content. */
const named = (path: string, mode: string): Change => {
  const before = [{ mode, oid: "" }];
  return { path, mode, oid: "", commit: "", before };
};

/** Findings of one level that are kept; as many are remembered. */
const MAX_KEPT = 20_000;

export interface Found {
  /** The strongest level first and then in the order of the changes, each rule, path and content once. */
  findings: Finding[];
  more: More;
}

/** How many findings there are besides those that were kept; one may count more than once. */
export interface More {
  asked: number;
  shown: ReadonlyMap<Level, number>;
}

export interface Examined extends Found {
  /** Of the findings what must be asked. */
  asked: Finding[];
  /** Bytes of text that were not looked at. */
  unread: number;
}

/** Two examinations told as one. */
export const together = (one: Examined, other: Examined): Examined => ({
  findings: [...one.findings, ...other.findings],
  asked: [...one.asked, ...other.asked],
  more: {
    asked: one.more.asked + other.more.asked,
    shown: new Map(
      LEVELS.map((level) => [level, (one.more.shown.get(level) ?? 0) + (other.more.shown.get(level) ?? 0)]),
    ),
  },
  unread: one.unread + other.unread,
});

/** What is found so far; its memory has an end, however much is found. */
function collection() {
  const kinds = new Map<string, Map<string, Finding>>();
  const more = { asked: 0, shown: new Map<Level, number>() };
  const add = (finding: Finding) => {
    const { key, level, asks } = finding;
    const kind = `${level} ${asks}`;
    const same = kinds.get(kind) ?? new Map<string, Finding>();
    kinds.set(kind, same);
    if (same.size < MAX_KEPT || same.has(key))
      same.set(key, { ...finding, path: kept(finding.path), commit: kept(finding.commit) });
    else if (asks) more.asked += 1;
    else more.shown.set(level, (more.shown.get(level) ?? 0) + 1);
  };
  const end = (): Found => {
    const findings = [...kinds.values()].flatMap((same) => [...same.values()]);
    return { findings: findings.sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level)), more };
  };
  return { add, end };
}

/**
 * Takes changes one after the other, the newest first; then tells what was found. `links`: those of the tree, paths and
 * targets as bytes.
 */
export function classifier(
  active: Active,
  choices: Choices,
  links: ReadonlyMap<string, string> = new Map(),
): { take(change: Change): void; end(): Found } {
  const ready = prepare(active, choices).sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
  const asks = (path: string, mode: string) => (rule: Ready) =>
    rule.asks && rule.hits(named(path, mode), path, active);
  const behind = throughLinks(links, (path) => ready.some(asks(path, LINK)));
  const { add, end } = collection();
  const take = (change: Change) => {
    const path = fold(change.path);
    const others = behind(path);
    let spoken = false;
    for (const rule of ready) {
      const runs = RUNS.includes(rule.level);
      if (runs && spoken) continue;
      const itself = rule.hits(change, path, active);
      const as = itself ? undefined : others.find((other) => asks(other, change.mode)(rule));
      if (!itself && as === undefined) continue;
      spoken ||= runs;
      const { id, level, reason } = rule;
      const what = { level, rule: id, path: change.path, reason, commit: change.commit, asks: rule.asks };
      // The oldest that has this content brought it; the newest change comes first.
      add({ ...what, key: keyOf(id, change), ...(as !== undefined && { as }) });
    }
  };
  return { take, end };
}

/** By content: what was agreed to once comes again under other commits after a rebase. */
const keyOf = (rule: string, { path, mode, oid }: Change): string =>
  createHash("sha256").update([rule, path, mode, oid].join("\0"), "latin1").digest("hex");
