// `status --watch`: a line for each workspace, those that want you first. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { ScreenLine, Tone } from "../../io/live-screen.ts";
import { carriedLines } from "../carry/outcome.ts";
import { age } from "../session/rows.ts";
import { isOver } from "../session/state.ts";
import { byDirectory, type Summary, summaryOf, summaryText } from "../session/summary.ts";
import { OCCUPIED } from "../sync/occupied.ts";
import { stateWords } from "../sync/state-words.ts";
import { verdictText } from "../sync/verdict.ts";
import { plural } from "../sync/words.ts";
import type { WorkspaceStatus } from "../workspace/describe.ts";
import type { Facts } from "./facts.ts";
import { type Cell, type Column, layOut } from "./layout.ts";
import { vmWords } from "./words.ts";

export interface Frame {
  vm: string;
  columns: number;
  /** Seconds since 1970. */
  now: number;
}

export interface View {
  /** Above the table, always shown. */
  head: ScreenLine[];
  /** The table's heading, then its rows. */
  table: ScreenLine[];
  /** What goes on beneath it. */
  below?: ScreenLine[];
}

interface Row {
  one: WorkspaceStatus;
  session: Summary | undefined;
}

/** Terminals of so many columns get words where others get signs. */
const WIDE = 120;

export function statusView(facts: Facts, frame: Frame): View {
  const sessions = byDirectory(facts.sessions ?? []);
  const rows = facts.workspaces
    .map((one): Row => ({ one, session: summaryOf(sessions.get(one.dir) ?? []) }))
    .sort((a, b) => urgency(a) - urgency(b));
  return {
    head: headOf(facts, frame, rows),
    table: rows.length === 0 ? [] : layOut(columnsOf(rows, facts, frame), frame.columns),
    below: carriedLines(rows.map(({ one }) => one)).map((text) => [{ text, tone: "dim" }]),
  };
}

const STATES = ["waiting", "working", "idle"];

function urgency({ session }: Row): number {
  if (session === undefined) return STATES.length + 2;
  const { kind, state } = session.first;
  if (kind === "shell") return STATES.length + 1;
  return isOver(state) ? STATES.length : STATES.indexOf(state);
}

function headOf(facts: Facts, { vm, columns }: Frame, rows: readonly Row[]): ScreenLine[] {
  if (!facts.connected && facts.vm !== "running") return [[{ text: vmWords(facts, vm), tone: "attention" }]];
  const living = (facts.sessions ?? []).filter((one) => one.kind !== "shell" && !isOver(one.state));
  const waiting = living.filter((one) => one.state === "waiting").length;
  const working = living.filter((one) => one.state === "working").length;
  const { disk } = facts;
  const waits: Cell = { text: `${waiting} ${waiting === 1 ? "waits" : "wait"} for you`, tone: "attention" };
  const words: Cell[] = [
    { text: `VM ${sanitize(vm)}`, tone: "bold" },
    { text: facts.connected ? plural(rows.length, "workspace") : "looking …" },
    ...(waiting > 0 ? [waits] : []),
    ...(working > 0 ? [{ text: `${working} ${working === 1 ? "works" : "work"}` }] : []),
    ...(disk ? [{ text: `disk ${gb(disk.used)} of ${gb(disk.total)} GB` }] : []),
  ];
  const line = words.map(({ text, tone }, at) => ({
    text: at === 0 ? text : `  ${text}`,
    ...(tone && { tone }),
  }));
  return [columns < 40 ? line.slice(0, 2) : line];
}

const gb = (bytes: number): string => (bytes / 1024 ** 3).toFixed(0);

function columnsOf(rows: readonly Row[], facts: Facts, { columns, now }: Frame): Column[] {
  const wide = columns >= WIDE;
  const cells = (cell: (row: Row) => Cell): Cell[] => rows.map(cell);
  const repos = new Set(rows.map(({ one }) => one.repo));
  const list: (Column | undefined)[] = [
    { head: "BRANCH", cells: cells(branchCell), least: 17, most: wide ? 48 : 28 },
    repos.size > 1
      ? {
          head: "REPOSITORY",
          cells: cells(({ one }) => plain(one.repo ?? "")),
          least: 6,
          most: 20,
          optional: true,
        }
      : undefined,
    { head: "AGENT", cells: cells((row) => agentCell(row, now, wide)), least: wide ? 26 : 23, most: 36 },
    { head: "VERDICT", cells: cells(({ one }) => verdictCell(one)), least: 10, most: wide ? 40 : 22 },
    wide
      ? { head: "UNCOMMITTED", cells: cells(({ one }) => plain(dirtWords(one))), least: 11, most: 40 }
      : { head: "M ? ! $", cells: cells(({ one }) => plain(dirtSigns(one))), least: 7, most: 16 },
    {
      head: wide ? "LAST COMMIT" : "COMMIT",
      cells: cells(({ one }) => commitCell(one, now, wide)),
      least: wide ? 8 : 6,
      optional: true,
    },
    {
      head: "DISK",
      cells: cells(({ one }) => plain(sizeText(facts.sizes.get(one.dir)))),
      least: 6,
      right: true,
      optional: true,
    },
  ];
  return list.filter((column) => column !== undefined);
}

const plain = (text: string): Cell => ({ text: sanitize(text) });

const branchCell = ({ one, session }: Row): Cell => ({
  text: sanitize(one.branch ?? `(${one.dir})`),
  ...(session?.first.state === "waiting" && { tone: "bold" as const }),
});

const TONES: Partial<Record<string, Tone>> = {
  waiting: "attention",
  working: "good",
  failed: "bad",
  killed: "bad",
  lost: "bad",
};

function agentCell({ session }: Row, now: number, wide: boolean): Cell {
  if (session === undefined) return { text: "" };
  const { kind, state, since } = session.first;
  const tone = kind === "shell" ? "dim" : (TONES[state] ?? "dim");
  const long = kind === "shell" ? "" : ` ${coarse(now - since, wide)}`;
  return { text: summaryText(session, wide ? undefined : SHORT) + long, tone };
}

/** Of a command, where its state is to be seen beside it. */
const SHORT = 12;

/** Seconds would have it drawn anew all the time. */
function coarse(seconds: number, wide: boolean): string {
  if (seconds < 60) return "now";
  return wide ? age(seconds) : age(seconds).replace(/ (min|h|d)$/, (_, unit: string) => unit[0] ?? "");
}

const SAID: Partial<Record<WorkspaceStatus["state"], string>> = {
  present: "",
  unknown: "",
  orphan: "unknown to this host",
  occupied: OCCUPIED.replaceAll("\n", " "),
  leaving: "being deleted, or interrupted",
};

function verdictCell({ verdict, state }: WorkspaceStatus): Cell {
  if (verdict === undefined) return { text: SAID[state] ?? state, tone: state === "broken" ? "bad" : "dim" };
  if (verdict.kind === "equal") return { text: "equal", tone: "dim" };
  const apart = ["diverged", "rewritten", "no common history"].includes(verdict.kind);
  return { text: verdictText(verdict), ...(apart && { tone: "attention" as const }) };
}

const dirtWords = (one: WorkspaceStatus): string =>
  stateWords(one).join(", ") || (one.state === "present" ? "none" : "");

/** As git's short status has it: changed, untracked, ignored; "$" for stashes; "+" for what only the wide table names. */
function dirtSigns(one: WorkspaceStatus): string {
  const counts = [
    ["M", one.changed],
    ["?", one.untracked],
    ["!", one.ignored],
    ["$", one.stashes],
  ] as const;
  const signs = counts.flatMap(([sign, count]) => (count > 0 ? [`${sign}${count}`] : []));
  const more = one.operations.length + one.otherBranches.length > 0 || one.on !== undefined || one.detached;
  return [...signs, ...(more ? ["+"] : [])].join(" ") || (one.state === "present" ? "–" : "");
}

function commitCell({ last }: WorkspaceStatus, now: number, wide: boolean): Cell {
  if (last === undefined) return { text: "" };
  const when = coarse(now - last.time, wide);
  return { text: wide ? `${when.padEnd(6)}  ${sanitize(last.subject)}` : when };
}

function sizeText(bytes: number | undefined): string {
  if (bytes === undefined) return "";
  const mb = bytes / 1024 ** 2;
  return mb < 1000 ? `${mb < 10 ? mb.toFixed(1) : Math.round(mb)} MB` : `${(mb / 1024).toFixed(1)} GB`;
}
