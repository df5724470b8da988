// Findings as lines for people and as JSON. Pure.
import { short } from "../sync/words.ts";
import type { Finding } from "./finding.ts";
import type { Scanned } from "./scan.ts";

const MAX_LINES = 20;

/** "high  github-token  src/a.ts:3  1a2b3c4d5e  ghp_… (40 characters)". */
export const findingLine = ({ level, rule, path, line, commit, value }: Finding): string =>
  `${level}  ${rule}  ${path}:${line}  ${short(commit)}  ${value}`;

export function findingLines(findings: readonly Finding[], max = MAX_LINES): string[] {
  const more = findings.length - max;
  return [...findings.slice(0, max).map(findingLine), ...(more > 0 ? [`… and ${more} more`] : [])];
}

const MAX_SKIPPED = 5;

export function skippedLines(skipped: readonly string[]): string[] {
  const more = skipped.length - MAX_SKIPPED;
  const shown = skipped.slice(0, MAX_SKIPPED).map((line) => `Not looked into for secrets: ${line}`);
  return more > 0 ? [...shown, `Not looked into for secrets: … and ${more} more`] : shown;
}

export const scannedJson = ({ findings, skipped, commits }: Scanned) => ({ commits, findings, skipped });
