// A finding as it may be shown and kept: its value only by its first characters, its length and a digest. Pure.
import { createHash } from "node:crypto";
import { masked } from "../../guard/mask.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { LEVELS, type Level } from "./rules.ts";

/** Where a text lies that was looked into. */
export interface Place {
  /** The commit that brought it. */
  commit: string;
  /** As git has it: bytes, one character each; or one of PLACES. */
  path: string;
}

export interface Finding {
  level: Level;
  rule: string;
  /** Cleaned, for people. */
  path: string;
  line: number;
  commit: string;
  /** See previewOf. */
  value: string;
  /** Names path and value to the baseline without holding them. */
  digest: string;
}

const SHOWN = 4;
/** A value gives away at most a quarter of itself. */
const QUARTER = 4;

/** "ghp_… (40 characters)". A short value shows nothing but its length. */
export function previewOf(value: string): string {
  const shown = value.slice(0, Math.min(SHOWN, Math.floor(value.length / QUARTER) - 1));
  return `${value.length < SHOWN * QUARTER ? "" : sanitize(shown)}… (${value.length} characters)`;
}

/** The same path with the same value has the same digest, in whichever commit. */
export const digestOf = (path: string, value: string): string =>
  createHash("sha256").update(`${path}\0${value}`, "latin1").digest("hex");

/** Rules that guess by how random a value looks, ours and gitleaks'. */
const GUESSES = ["assigned-in-quotes", "assigned-in-env-file", "generic-api-key"];
/** Full of sums that look like secrets. */
const LOCK_FILE =
  /(^|\/)(go\.sum|package-lock\.json|npm-shrinkwrap\.json|[A-Za-z0-9_.-]+\.lock|pnpm-lock\.yaml|Gopkg\.lock|packages\.lock\.json)$/;

const levelAt = (path: string, { rule, level }: { rule: string; level: Level }): Level =>
  GUESSES.includes(rule) && LOCK_FILE.test(path) ? "low" : level;

/** The new names of a commit, one a line; no path has a NUL. */
export const NAMES = "\0names";
export const TAG = "\0tag";
/** What is no file, and how it is called. */
const PLACES = new Map([
  ["", "(the commit's message)"],
  [NAMES, "(a file's name)"],
  [TAG, "(a tag's message)"],
]);

export function findingOf(
  place: Place,
  match: { rule: string; level: Level; value: string; line: number },
): Finding {
  const path = Buffer.from(place.path, "latin1").toString();
  return {
    level: levelAt(path, match),
    rule: sanitize(match.rule),
    // A name may hold a secret that was found, too.
    path: PLACES.get(place.path) ?? masked(sanitize(path)),
    line: match.line,
    commit: place.commit,
    value: previewOf(match.value),
    digest: digestOf(place.path, match.value),
  };
}

/** The gravest first, each level in the order of the commits. */
export const byLevel = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level));

/** A finding of the level "low" is told and stops nothing. */
export const stops = ({ level }: Finding): boolean => level !== "low";

/** What stands for the value in anything that is printed later: a key of several lines by each of them. */
export const wordsOf = (value: string): string[] =>
  value.split(/(?:[\s"',>#*|]|\\[nrt])+/).filter((word) => word.length >= MASKED);
const MASKED = 12;
