// How `status` reads on a terminal. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import { widthOf } from "../../guard/width.ts";
import { mountWords } from "../mount/words.ts";
import { forwardLines } from "../ports/words.ts";
import { byDirectory, summaryOf, summaryText } from "../session/summary.ts";
import { OCCUPIED } from "../sync/occupied.ts";
import { stateWords } from "../sync/state-words.ts";
import { verdictText } from "../sync/verdict.ts";
import { plural } from "../sync/words.ts";
import type { WorkspaceStatus } from "../workspace/describe.ts";
import { givenUp } from "./profile.ts";
import type { Status } from "./status.ts";

const MEANING: Record<Status["state"], string> = {
  missing: "there is none yet; make it with: agent-vm start",
  "half-made": "its making was interrupted; go on with: agent-vm start",
  foreign: "a Lima instance of this name was not made by agent-vm; choose another with --vm",
  stopped: "stopped; its workspaces are kept. Start it with: agent-vm start",
  starting: "starting",
  stopping: "stopping",
  running: "running",
  "not answering": "running, but it does not answer; see: agent-vm logs vm, or: agent-vm restart --force",
  broken: "broken; try: agent-vm restart --force",
};

export function statusLines(status: Status): string[] {
  const lines = [`VM ${status.vm}: ${MEANING[status.state]}`];
  if (status.busy) lines.push(`  at work: ${status.busy.command} (process ${status.busy.pid})`);
  if (status.memory !== undefined) {
    lines.push(
      `  size: ${status.vcpu} vCPU, ${status.memory} GB memory, ${status.disk} GB disk; image: ${status.image}`,
    );
  }
  if (status.accel === "tcg") lines.push("  acceleration: none (emulation by QEMU's TCG), which is slow");
  else if (status.accel !== undefined && status.accel !== "auto")
    lines.push(`  acceleration: ${status.accel}`);
  if (status.profile !== undefined) lines.push(`  profile: ${status.profile}`);
  const warning = givenUp({ profile: status.profile, hadRoot: status.hadRoot });
  if (warning !== undefined) lines.push(`  ! ${warning}`);
  lines.push(`  mount: ${status.mount.mountpoint} (${mountWords(status)})`);
  if (status.keeper && status.keeper.sessions !== 0) lines.push(`  keys: ${keeperWords(status.keeper)}`);
  for (const line of forwardLines(status.keeper?.forwards ?? [])) lines.push(`  ${line}`);
  if (status.state !== "running" && status.workspaces.length > 0) {
    lines.push("  what the workspaces hold can only be told while the VM runs");
  }
  if (status.state === "running" && status.workspaces.length > 0 && status.sessions === undefined) {
    lines.push("  sessions: not told in time; see: agent-vm ps");
  }
  return lines;
}

function keeperWords({ pid, sessions, connected }: NonNullable<Status["keeper"]>): string {
  const who = `kept on this host by process ${pid}`;
  if (sessions === undefined) return `${who}, which does not answer`;
  return `${who} for ${plural(sessions, "session")}${connected ? "" : "; its connection into the VM is being made again"}`;
}

/**
 * One row a workspace: what a user asks first, with unknown things left out rather than guessed. Without sessions there
 * is no column for them. What the others tell, too, is left out where the terminal has not so many `columns`.
 */
export function workspaceRows(status: Status, columns = Number.POSITIVE_INFINITY): Rows {
  const sessions = byDirectory(status.sessions ?? []);
  const told = status.workspaces.map((one) => {
    const summary = summaryOf(sessions.get(one.dir) ?? []);
    return summary ? folded(summaryText(summary).split(" "), " ") : "";
  });
  const agents = told.some((text) => text !== "");
  const all: Rows = {
    head: ["BRANCH", "REPOSITORY", "VERDICT", "UNCOMMITTED", ...(agents ? ["AGENT"] : []), "DIRECTORY"],
    rows: status.workspaces.map((one, at) => row(one, agents ? [told[at] ?? ""] : [])),
  };
  const known = status.workspaces.every((one) => one.branch !== undefined);
  const oneRepo = new Set(status.workspaces.map((one) => one.repo)).size < 2;
  const spare = [...(known ? ["DIRECTORY"] : []), ...(oneRepo ? ["REPOSITORY"] : [])];
  return spare.reduce((rows, name) => (columnsOf(rows) > columns ? without(rows, name) : rows), all);
}

interface Rows {
  head: string[];
  rows: string[][];
}

/** Of the table, with two blanks between columns. */
const columnsOf = ({ head, rows }: Rows): number =>
  head
    .map((name, at) =>
      Math.max(...[name, ...rows.flatMap((cells) => (cells[at] ?? "").split("\n"))].map(widthOf)),
    )
    .reduce((sum, width) => sum + width + 2, -2);

function without({ head, rows }: Rows, name: string): Rows {
  const at = head.indexOf(name);
  return { head: head.toSpliced(at, 1), rows: rows.map((cells) => cells.toSpliced(at, 1)) };
}

const row = (one: WorkspaceStatus, agent: readonly string[]): string[] => [
  sanitize(one.branch ?? "(not known to this host)"),
  sanitize(one.repo ?? ""),
  one.verdict ? folded(verdictText(one.verdict).split(/ (?=\()/), " ") : (STATES[one.state] ?? one.state),
  folded(stateWords(one), ", ") || (one.state === "present" ? "none" : ""),
  ...agent,
  sanitize(one.dir),
];

/** A cell's lines are no longer than this where the words allow it, so that a table fits into 80 columns. */
const CELL = 20;

function folded(words: readonly string[], between: string): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + between.length + word.length <= CELL)
      lines[lines.length - 1] = last + between + word;
    else {
      if (last !== undefined) lines[lines.length - 1] = (last + between).trimEnd();
      lines.push(word);
    }
  }
  return lines.join("\n");
}

const STATES: Partial<Record<WorkspaceStatus["state"], string>> = {
  unknown: "",
  orphan: "",
  present: "",
  occupied: OCCUPIED,
  leaving: "being deleted, or\nthat was interrupted",
};
