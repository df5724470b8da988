// The answer to a Tab: what to do on the first line, then one candidate a line with a tab before its description.
import { homedir } from "node:os";
import type { Lean } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Grammar } from "./grammar.ts";
import { kindOf } from "./kinds.ts";
import { type Position, positionOf } from "./position.ts";
import { type BashLine, readBashLine, writeForBash } from "./shell-words.ts";
import { type Candidate, candidatesOf } from "./sources.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** How the shell goes on: take the candidates, add files or directories of its own, leave out the space behind them. */
type Way = "words" | "nospace" | "files" | "directories";

export interface Asked {
  shell: Shell;
  /** bash: the line up to the cursor and COMP_WORDBREAKS. zsh and fish: the words, the last one at the cursor. */
  said: readonly string[];
  grammar: Grammar;
  /** What `help` explains beside commands. */
  topics: readonly string[];
  /** The Context of the VM and repository that the line names. */
  lean(place: { vm?: string; repo?: string }): Promise<Lean>;
}

export async function complete(asked: Asked): Promise<string[]> {
  const line = asked.shell === "bash" ? bashLine(asked.said) : undefined;
  const words = line ? line.words.slice(1) : asked.said.slice(0, -1);
  const current = line?.current ?? asked.said.at(-1) ?? "";
  const position = positionOf(asked.grammar, words, current);
  const { way, candidates } = await candidatesAt(position, asked);
  // zsh takes the prefix off the word by itself.
  const prefix = asked.shell === "zsh" ? "" : position.prefix;
  const whole = candidates.map((one) => ({ ...one, value: prefix + one.value }));
  const lines = line ? forBash(whole, line) : whole.map(described);
  return [way, ...lines];
}

const bashLine = ([line = "", breaks = ""]: readonly string[]): BashLine => readBashLine(line, breaks);

/** readline replaces what follows `kept`, with what is to stand on the line: written so that bash takes it literally. */
const forBash = (candidates: readonly Candidate[], { current, kept, quote }: BashLine): string[] =>
  candidates
    .filter(({ value }) => value.startsWith(current))
    .map(({ value }) => writeForBash(value.slice(kept.length), quote));

const described = ({ value, description }: Candidate): string =>
  description === "" ? value : `${value}\t${sanitize(description, 80)}`;

async function candidatesAt(
  { slots, commands, options, given }: Position,
  { lean, topics, grammar }: Asked,
): Promise<{ way: Way; candidates: Candidate[] }> {
  const candidates: Candidate[] = [
    ...commands.map(({ name, description }) => ({ value: name, description })),
    ...options.map(({ long, description }) => ({ value: long, description })),
  ];
  let way: Way = "words";
  for (const slot of slots) {
    if (slot.choices) {
      candidates.push(...slot.choices.map((value) => ({ value, description: "" })));
      continue;
    }
    const kind = kindOf(slot) ?? "nothing";
    if (kind === "file" || kind === "place") way = "files";
    if (kind === "directory") way = "directories";
    if (kind === "command") {
      candidates.push(...grammar.commands.map(({ name, description }) => ({ value: name, description })));
      candidates.push(...topics.map((value) => ({ value, description: "topic" })));
    } else if (kind !== "nothing" && kind !== "file" && kind !== "directory") {
      candidates.push(...(await candidatesOf(await lean(placeOf(given)), kind)));
    }
  }
  return { way, candidates };
}

function placeOf(given: ReadonlyMap<string, string>): { vm?: string; repo?: string } {
  const vm = given.get("--vm");
  const repo = given.get("--repo");
  return {
    ...(vm !== undefined && { vm }),
    // The shell has not expanded it yet.
    ...(repo !== undefined && { repo: repo.replace(/^~(?=\/|$)/, homedir()) }),
  };
}
