// What the guest tells of its sessions, as facts: ids and numbers by patterns, texts to show. Pure.
import { fields, textOf } from "../sync/parse.ts";
import { MOST_SESSIONS } from "./guest/look.ts";
import { isSessionId, type SessionId } from "./names.ts";
import {
  agentState,
  type EndReason,
  parseEnd,
  type Said,
  type SessionState,
  type StateFacts,
} from "./state.ts";

export type SessionKind = "shell" | "command" | "agent";

export interface SeenSession {
  id: SessionId;
  /** Directory below ~/workspace, as the guest says; "" for the agent's home. To compare and to show. */
  dir: string;
  /** tmux' name as the guest says, to compare; undefined for a session without tmux. */
  name: string | undefined;
  kind: SessionKind;
  /** The agent's name as the guest says. */
  agent: string;
  /** The first words of what it runs. */
  title: string;
  state: SessionState;
  /** The state is a guess from the terminal's activity, not the agent's own word. */
  guessed: boolean;
  exitCode: number | undefined;
  /** Why it ended, when it was not by itself. */
  reason: EndReason | undefined;
  /** Seconds since 1970: its begin, and since when it has been in its state. */
  started: number;
  since: number;
  /** Terminals that see it now. */
  attached: number;
  lastLine: string;
  /** Bytes of memory and seconds of CPU of all its processes that live. */
  memory: number;
  cpu: number;
  /** What `state` follows from. */
  facts: StateFacts;
}

/** Without what its state was told from. */
export type ToldSession = Omit<SeenSession, "facts">;

interface Pane {
  name: string;
  active: number;
  attached: number;
  lastLine: string;
}

interface Process {
  pid: number;
  parent: number;
  memory: number;
  cpu: number;
}

/** Processes that are counted; a guest may tell of any number. */
const MOST = 10_000;

/** How many fields follow each kind of record's name. */
const SIZES: Record<string, number> = {
  "=now": 2,
  "=session": 14,
  "=pane": 5,
  "=process": 4,
  "=done": 0,
};

/** The answer of LOOK. What is not as it should be is left out: an agent can write all of it. */
export function parseSessions(answer: string): SeenSession[] {
  const records = recordsOf(fields(answer));
  const [now = 0] = (records.find(([kind]) => kind === "=now")?.slice(1) ?? []).map(count);
  const boot = records.find(([kind]) => kind === "=now")?.[2] ?? "";
  const panes = new Map(records.filter(([kind]) => kind === "=pane").map(paneOf));
  const processes = byParent(
    records
      .filter(([kind]) => kind === "=process")
      .slice(0, MOST)
      .map(processOf),
  );
  return records
    .filter(([kind, id = ""]) => kind === "=session" && isSessionId(id))
    .slice(0, MOST_SESSIONS)
    .sort(byBegin)
    .map((record) => sessionOf(record, { now, boot, panes, processes }));
}

/** Undefined for an answer that was broken off: a session that it does not name may well live. */
export const parseWholeSessions = (answer: string): SeenSession[] | undefined =>
  answer.endsWith("=done\0") ? parseSessions(answer) : undefined;

/** The newest first: by the second in which it began; of those of one second, the kernel's ticks tell the order. */
function byBegin(one: readonly string[], other: readonly string[]): number {
  const later = (at: number) => count(other[at] ?? "") - count(one[at] ?? "");
  return later(10) || later(8);
}

function recordsOf(words: readonly string[]): string[][] {
  const records: string[][] = [];
  for (let at = 0; at < words.length; ) {
    const size = SIZES[words[at] ?? ""];
    if (size === undefined) break;
    records.push(words.slice(at, at + size + 1));
    at += size + 1;
  }
  return records;
}

/** A number of at most twelve digits; anything else is 0. */
const count = (text: string): number => (/^\d{1,12}$/.test(text) ? Number(text) : 0);

function paneOf([, id = "", name = "", active = "", attached = "", lastLine = ""]: string[]): [string, Pane] {
  return [id, { name, active: count(active), attached: count(attached), lastLine: textOf(lastLine) }];
}

const processOf = ([, pid = "", parent = "", memory = "", cpu = ""]: string[]): Process => ({
  pid: count(pid),
  parent: count(parent),
  memory: count(memory) * 1024,
  cpu: count(cpu),
});

interface Around {
  now: number;
  boot: string;
  panes: ReadonlyMap<string, Pane>;
  processes: Processes;
}

function sessionOf(record: string[], { now, boot, panes, processes }: Around): SeenSession {
  const [, id = "", , dir = "", name = "", kind = "", agent = "", pid = "", , bootThen = "", ...rest] =
    record;
  const [started = "", title = "", end = "", state = "", alive = ""] = rest;
  const pane = panes.get(id);
  const facts: StateFacts = {
    kind: isKind(kind) ? kind : "command",
    end: parseEnd(end),
    said: saidOf(state),
    alive: alive === "1",
    sameBoot: boot === bootThen,
    active: pane?.active,
    started: count(started),
    now,
  };
  const mine = facts.alive ? familyOf(processes, count(pid)) : [];
  return {
    id: id as SessionId,
    dir: textOf(dir),
    name: name === "" ? undefined : textOf(name),
    kind: facts.kind,
    agent: textOf(agent),
    title: textOf(title),
    ...agentState(facts),
    exitCode: facts.end?.code,
    reason: facts.end?.reason,
    started: facts.started,
    attached: pane?.attached ?? 0,
    lastLine: pane?.lastLine ?? "",
    memory: mine.reduce((sum, one) => sum + one.memory, 0),
    cpu: mine.reduce((sum, one) => sum + one.cpu, 0),
    facts,
  };
}

function saidOf(text: string): StateFacts["said"] {
  const [, word, since] = /^(working|waiting) (\d{1,12})$/.exec(text) ?? [];
  return word === undefined ? undefined : [word as Said, Number(since)];
}

const isKind = (text: string): text is SessionKind => ["shell", "command", "agent"].includes(text);

interface Processes {
  all: ReadonlyMap<number, Process>;
  below: ReadonlyMap<number, Process[]>;
}

function byParent(processes: readonly Process[]): Processes {
  const below = new Map<number, Process[]>();
  for (const one of processes) {
    const siblings = below.get(one.parent);
    if (siblings) siblings.push(one);
    else below.set(one.parent, [one]);
  }
  return { all: new Map(processes.map((one) => [one.pid, one])), below };
}

/** A process and everything below it; a list with a circle ends, too. */
function familyOf({ all, below }: Processes, pid: number): Process[] {
  const first = all.get(pid);
  const found = new Set(first ? [first] : []);
  for (const one of found) for (const child of below.get(one.pid) ?? []) found.add(child);
  return [...found];
}
