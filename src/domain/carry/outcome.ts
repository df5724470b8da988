// What became of carried files, in words. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import { quoted } from "../sync/plan.ts";
import { nameLines, plural } from "../sync/words.ts";
import type { Word } from "./guest/carry.ts";
import type { Refused } from "./resolve.ts";
import type { Outcome } from "./send.ts";
import type { CarriedNow } from "./state.ts";

const STAYED: Partial<Record<Word, string>> = {
  changed: "it was changed in the VM",
  tracked: "the workspace's branch tracks it, so it travels by git",
  visible: "a rule of the repository would have git see it there",
  clash: "something else lies in its place there",
  nested: "another repository lies in its place there",
  failed: "the VM could not place it",
};

/** One line for each file that did not get there, with the reason. */
export const stayedLines = (refused: readonly Refused[], outcomes: readonly Outcome[]): string[] =>
  [
    ...refused,
    ...outcomes.flatMap(({ path, word }) =>
      STAYED[word] === undefined ? [] : [{ path, why: STAYED[word] }],
    ),
  ].map(({ path, why }) => `${sanitize(path)}: ${why}`);

const MAX_LINES = 20;

/** No more than a screen takes. */
export const shown = (lines: readonly string[]): string[] =>
  lines.length <= MAX_LINES
    ? [...lines]
    : [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} more`];

/** The way on, for what stayed. */
export function stayedHint(branch: string, outcomes: readonly Outcome[]): string {
  const word = quoted(branch);
  const first = outcomes.find((one) => one.word === "changed");
  if (first === undefined) return "See which files git ignores: git status --ignored";
  return `Bring the VM's version home: agent-vm cp ${quoted(`${branch}:${first.path}`)} .; or have it give way, kept there under another name: agent-vm push --carry --replace ${word}`;
}

/** What `push --carry` did, for people. */
export function carriedSentence(dir: string, outcomes: readonly Outcome[]): string {
  const count = (word: Word) => outcomes.filter((one) => one.word === word).length;
  const parts = [
    [count("placed"), "new"],
    [count("updated"), "brought up to date"],
    [count("replaced"), "replaced"],
    [count("same"), "as they were"],
  ] as const;
  const said = parts.flatMap(([many, what]) => (many > 0 ? [`${many} ${what}`] : []));
  return said.length === 0
    ? `No file was carried into ${dir}.`
    : `Carried files in ${dir}: ${said.join(", ")}.`;
}

export const keptLines = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap(({ path, kept }) =>
    kept === undefined ? [] : [`The VM's own version of ${sanitize(path)} lies there as ${sanitize(kept)}.`],
  );

/** What the host has no more, or grants no more. */
export const leftThereLines = (gone: readonly string[], ungranted: readonly string[]): string[] => [
  ...nameLines("no longer on this host; the workspace keeps its copy", gone),
  ...nameLines("no longer granted; the workspace keeps its copy", ungranted),
];

export const notCarried = (lines: readonly string[]): string =>
  `${plural(lines.length, "file")} could not be carried into the workspace.`;

/** What was carried into each workspace, and what became of it there; none for most. */
export const carriedLines = (
  workspaces: readonly { dir: string; carried?: readonly CarriedNow[] }[],
): string[] =>
  workspaces.flatMap(({ dir, carried = [] }) =>
    nameLines(
      `carried into ${sanitize(dir)}`,
      carried.map(({ path, state }) => (state === "equal" ? path : `${path} (${state})`)),
    ),
  );
