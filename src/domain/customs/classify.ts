// From changes to findings, by the rules, the user's own, and without those that the user muted. Pure.
import { createHash } from "node:crypto";
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

/**
 * The findings, strongest level first and then in the order of the changes, each rule, path and content once. `links`:
 * those of the tree, paths and targets as bytes.
 */
export function classify(
  changes: readonly Change[],
  active: Active,
  choices: Choices,
  links: ReadonlyMap<string, string> = new Map(),
): Finding[] {
  const ready = prepare(active, choices).sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
  const asks = (path: string, mode: string) => (rule: Ready) =>
    rule.asks && rule.hits(named(path, mode), path, active);
  const behind = throughLinks(links, (path) => ready.some(asks(path, LINK)));
  const found = new Map<string, Finding>();
  for (const change of changes) {
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
      const key = keyOf(rule.id, change);
      const { id, level, reason } = rule;
      // The oldest that has this content brought it; the newest change comes first.
      const finding = {
        level,
        rule: id,
        path: change.path,
        reason,
        commit: change.commit,
        asks: rule.asks,
        key,
      };
      found.set(key, as === undefined ? finding : { ...finding, as });
    }
  }
  return [...found.values()].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

/** By content: what was agreed to once comes again under other commits after a rebase. */
const keyOf = (rule: string, { path, mode, oid }: Change): string =>
  createHash("sha256").update([rule, path, mode, oid].join("\0"), "latin1").digest("hex");
