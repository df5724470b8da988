// Findings as lines for people and as values for programs: every byte of a path may come from the VM. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { Examined, More } from "./classify.ts";
import { textOfBytes } from "./odd-names.ts";
import { type Finding, LEVELS } from "./rule.ts";

const MAX_ASKED = 20;
const MAX_NAMES = 4;
const COMMIT = 10;

const nameOf = ({ path }: Finding): string => sanitize(textOfBytes(path));

const asOf = ({ as }: Finding): string => (as === undefined ? "" : `, by a link ${sanitize(as)}`);

/** Those of one rule and path are one line: a file that was edited often is one thing to look at. */
function onePerPath(findings: readonly Finding[]): Finding[] {
  const seen = new Map(findings.map((one) => [`${one.rule}\0${one.path}`, one]));
  return [...seen.values()];
}

/** One line for each rule and path that is asked about. */
export function askedLines({ asked: findings, more: besides }: Pick<Examined, "asked" | "more">): string[] {
  const lines = onePerPath(findings).map(
    (one) => `${one.level} ${nameOf(one)}${asOf(one)} (${one.commit.slice(0, COMMIT)}): ${one.reason}`,
  );
  const more = lines.length + besides.asked - MAX_ASKED;
  return more > 0 ? [...lines.slice(0, MAX_ASKED), `… and ${more} more`] : lines;
}

const ABOUT: Record<Finding["level"], string> = {
  AUTO: "agreed to before",
  CI: "runs with your CI's secrets once pushed",
  BUILD: "runs or counts when you build, test, install or start a tool there",
  EXEC: "can be started as a program",
  NAME: "odd names",
  SIZE: "over 10 MB",
  TEXT: "holds characters that are not seen",
};

/** One line for each level. */
function shownLines(findings: readonly Finding[], more: More["shown"]): string[] {
  return LEVELS.flatMap((level) => {
    const names = onePerPath(findings.filter((one) => one.level === level)).map(nameOf);
    const rest = names.length + (more.get(level) ?? 0) - MAX_NAMES;
    const list = [...names.slice(0, MAX_NAMES), ...(rest > 0 ? [`and ${rest} more`] : [])].join(", ");
    return names.length === 0 ? [] : [`  ${level} (${ABOUT[level]}): ${list}`];
  });
}

/** The lines of what is not asked about. There may be one for each of a hundred thousand files. */
export function othersLines({ findings, asked, more }: Omit<Examined, "unread">): string[] {
  const asks = new Set(asked);
  return shownLines(
    findings.filter((one) => !asks.has(one)),
    more.shown,
  );
}

/** For a dry run: what would be asked about and what shown. */
export function rehearsalLines(examined: Omit<Examined, "unread"> | undefined): string[] {
  if (examined === undefined) return ["What comes is examined once it is fetched, before your branch moves."];
  const others = othersLines(examined);
  return [
    ...(examined.asked.length > 0
      ? ["It would ask first, because this could run or reach out by itself:"]
      : []),
    ...askedLines(examined).map((line) => `  ${line}`),
    ...(others.length > 0 ? ["Among what comes:", ...others] : []),
  ];
}

export interface FindingJson {
  level: string;
  rule: string;
  /** Cleaned: control characters by their names. */
  path: string;
  reason: string;
  commit: string;
  /** Not agreed to before. */
  asks: boolean;
}

const MAX_PATH = 4096;

export const findingJson = (one: Finding, asks: boolean): FindingJson => ({
  level: one.level,
  rule: one.rule,
  path: sanitize(textOfBytes(one.path), MAX_PATH),
  reason: one.reason,
  commit: one.commit,
  asks,
});
