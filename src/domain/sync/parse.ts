// Reads what the guest's scripts answer. All of it is a stranger's: an allowlist, or an error. Pure.
import { UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";

/** What one workspace says of itself. Every list holds names as text for people, not for use as paths. */
export interface Observation {
  state: "missing" | "foreign" | "broken" | "present";
  /** The id of the repository that it says it belongs to; "" when it does not say. */
  mark: string;
  /** The commit that is checked out; undefined on an unborn branch. */
  head?: string;
  /** The reference that HEAD names; undefined when detached. */
  on?: string;
  /** The commit of the workspace's branch; undefined when there is no such branch. */
  tip?: string;
  /** Commits that only the host has, and only the workspace, as the guest counts; "none" without a common one. */
  relation?: { host: number; workspace: number } | "none";
  /** Commits of the workspace's branch since the one that both sides had at the last sync; false: it has that no longer. */
  sinceSynced?: number | false;
  operations: string[];
  stashes: string[];
  /** Linked worktrees, the workspace itself left out. */
  worktrees: { path: string; head?: string; branch?: string }[];
  /** All references, or only the branches: see Depth. */
  refs: { oid: string; name: string }[];
  /** Commits that only reflogs name. */
  earlier: string[];
  /** Directories that nobody may look into: also of a broken one. */
  closed: string[];
  /** Repositories inside that git status is silent about: populated submodules. Below `.git/`: what git keeps there of theirs, and of LFS. */
  nested: string[];
  /** Tracked files of which a clean filter leaves something out. */
  filtered: string[];
  /** Tracked files that git was told not to look at. */
  flagged: string[];
  changed: string[];
  /** Files that git calls changed and that are byte by byte as they were committed; not among the changed ones. */
  untouched?: string[];
  untracked: string[];
  /** "deep": every single file, those left out that can be made again. "counts": whole directories as one name. */
  ignored: string[];
  /** How many ignored files can be made again. */
  regenerable: number;
  /** The last commit of the workspace's branch, "overview" alone. */
  last?: LastCommit;
}

export interface LastCommit {
  /** Seconds since 1970, as the commit says. */
  time: number;
  /** To show. */
  subject: string;
}

export interface Overview {
  /** Everything that lies in ~/workspace. */
  names: string[];
  observations: Map<string, Observation>;
}

const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const LISTS = [
  "stashes",
  "worktrees",
  "refs",
  "earlier",
  "nested",
  "filtered",
  "flagged",
  "status",
  "untouched",
] as const;
type ListName = (typeof LISTS)[number];

export function notUnderstood(what: string): UserError {
  return new UserError(`The VM's answer is not understood: ${sanitize(what, 80)}.`, {
    hint: "If this stays, look at the workspace with: agent-vm connect",
  });
}

/** Bytes that were read one by one, as text. */
export const textOf = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

export function oidOrNothing(text: string): string | undefined {
  if (text === "") return undefined;
  if (!OID.test(text)) throw notUnderstood(text);
  return text;
}

/** The fields of a NUL-terminated answer. */
export function fields(answer: string): string[] {
  if (answer !== "" && !answer.endsWith("\0")) throw notUnderstood("it is cut off");
  return answer.split("\0").slice(0, -1);
}

/** The answer of OBSERVE. */
export function parseOverview(answer: string): Overview {
  const names: string[] = [];
  const observations = new Map<string, Observation>();
  let at = 0;
  const next = (): string => {
    const end = answer.indexOf("\0", at);
    if (end < 0) throw notUnderstood("it is cut off");
    const field = answer.slice(at, end);
    at = end + 1;
    return field;
  };
  for (let field = next(); field !== "=observations"; field = next()) {
    if (!field.startsWith("n/")) throw notUnderstood(field);
    names.push(textOf(field.slice(2)));
  }
  for (let name = next(); name !== "=end"; name = next()) {
    const size = next().trim();
    if (!/^\d{1,9}$/.test(size)) throw notUnderstood(size);
    observations.set(name, parseObservation(answer.slice(at, at + Number(size))));
    at += Number(size);
  }
  return { names, observations };
}

const nothing = (): Observation => ({
  state: "present",
  mark: "",
  operations: [],
  stashes: [],
  worktrees: [],
  refs: [],
  earlier: [],
  closed: [],
  nested: [],
  filtered: [],
  flagged: [],
  changed: [],
  untracked: [],
  ignored: [],
  regenerable: 0,
});

/** The facts that OBSERVE_ONE wrote. A record without its end, or with a failure noted, is "broken". */
export function parseObservation(record: string): Observation {
  const found = nothing();
  const words = fields(record);
  if (words[0] === "=missing") return { ...found, state: "missing" };
  const first = words[0] === "=closed" ? words.findIndex((word, at) => at > 0 && word.startsWith("=")) : 0;
  found.closed.push(...words.slice(1, Math.max(first, 1)).map(textOf));
  if (words[first] === "=foreign") return { ...found, state: "foreign" };
  if (words.at(-1) !== "=done") return { ...found, state: "broken" };
  let list: ListName | undefined;
  for (let index = first; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (!word.startsWith("=")) {
      if (list === undefined) throw notUnderstood(word);
      addEntry(found, list, word);
      continue;
    }
    const name = word.slice(1);
    list = LISTS.find((one) => one === name);
    if (list !== undefined || name === "done") continue;
    index += 1;
    addFact(found, name, words[index] ?? "");
  }
  // git lists the workspace itself first.
  found.worktrees.shift();
  if (found.untouched) {
    const same = new Set(found.untouched);
    found.changed = found.changed.filter((path) => !same.has(path));
  }
  return found;
}

function addFact(found: Observation, name: string, value: string): void {
  if (name === "head" || name === "tip") {
    const oid = oidOrNothing(value);
    if (oid !== undefined) found[name] = oid;
  } else if (name === "on") {
    if (value !== "") found.on = textOf(value);
  } else if (name === "mark") {
    found.mark = textOf(value);
  } else if (name === "operation") {
    found.operations.push(textOf(value));
  } else if (name === "regenerable") {
    if (!/^\d{1,12}$/.test(value)) throw notUnderstood(value);
    found.regenerable = Number(value);
  } else if (name === "relation") {
    found.relation = parseRelation(value);
  } else if (name === "synced") {
    found.sinceSynced = parseSynced(value);
  } else if (name === "last") {
    const [, time, subject] = /^(\d{1,12}) (.*)$/s.exec(value) ?? [];
    if (time !== undefined) found.last = { time: Number(time), subject: textOf(subject ?? "").trim() };
  } else {
    throw notUnderstood(name);
  }
}

/** A fact of RELATE. */
export function parseRelation(value: string): { host: number; workspace: number } | "none" {
  const counts = /^(\d{1,9})\t(\d{1,9})$/.exec(value);
  if (counts === null && value !== "none") throw notUnderstood(value);
  return counts ? { host: Number(counts[1]), workspace: Number(counts[2]) } : "none";
}

/** A fact of RELATE. */
export function parseSynced(value: string): number | false {
  if (value === "no") return false;
  if (!/^\d{1,9}$/.test(value)) throw notUnderstood(value);
  return Number(value);
}

function addEntry(found: Observation, list: ListName, entry: string): void {
  if (list === "status") addStatus(found, entry);
  if (list === "flagged") found.flagged.push(textOf(entry.slice(2)));
  if (list === "untouched") found.untouched = [...(found.untouched ?? []), textOf(entry)];
  if (list === "nested" || list === "filtered") found[list].push(textOf(entry));
  if ((list === "stashes" || list === "earlier") && OID.test(entry)) found[list].push(entry);
  if (list === "worktrees") addWorktree(found, entry);
  if (list === "refs") {
    const [oid = "", ...name] = entry.split(" ");
    if (!OID.test(oid)) throw notUnderstood(entry);
    found.refs.push({ oid, name: textOf(name.join(" ")) });
  }
}

/** One line of `git worktree list --porcelain -z`. */
function addWorktree(found: Observation, line: string): void {
  const [key, ...rest] = line.split(" ");
  const value = rest.join(" ");
  const last = found.worktrees.at(-1);
  if (key === "worktree") found.worktrees.push({ path: textOf(value) });
  else if (key === "HEAD" && last && OID.test(value) && !/^0+$/.test(value)) last.head = value;
  else if (key === "branch" && last) last.branch = textOf(value);
}

/** The tracked paths that `git status --porcelain=v2 -z --no-renames` calls changed. */
export function changedPaths(status: string): string[] {
  const found = nothing();
  for (const entry of fields(status)) addStatus(found, entry);
  return found.changed;
}

/** One record of `git status --porcelain=v2 -z --no-renames`. */
function addStatus(found: Observation, entry: string): void {
  const kind = entry[0];
  if (kind === "#") return;
  if (kind === "?") found.untracked.push(textOf(entry.slice(2)));
  else if (kind === "!") found.ignored.push(textOf(entry.slice(2)));
  else if (kind === "1" || kind === "u") {
    // "1 XY sub mH mI mW hH hI path" and "u XY sub m1 m2 m3 mW h1 h2 h3 path".
    const skipped = kind === "1" ? 8 : 10;
    found.changed.push(textOf(entry.split(" ").slice(skipped).join(" ")));
  } else {
    throw notUnderstood(entry);
  }
}
