// Reads what the guest's scripts answer. All of it is a stranger's: an allowlist, or an error. Pure.
import { UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { parseHeld, parseStored } from "../lfs/held.ts";
import { type Module, nothing, type Observation } from "./observation.ts";

export type { LastCommit, Module, Observation, Overview } from "./observation.ts";

/** The name of an object of git, by SHA-1 or SHA-256. */
export const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const LISTS = [
  "stashes",
  "worktrees",
  "earlier",
  "modules",
  "unpopulated",
  "nested",
  "stored",
  "held",
  "filtered",
  "flagged",
  "status",
  "untouched",
  "carried",
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

/** The facts that OBSERVE_ONE wrote. A record without its end, or with a failure noted, is "broken". */
export function parseObservation(record: string): Observation {
  const found = nothing();
  const words = fields(record);
  if (words[0] === "=missing") return { ...found, state: "missing" };
  const first = words[0] === "=closed" ? words.findIndex((word, at) => at > 0 && word.startsWith("=")) : 0;
  found.closed = words.slice(1, Math.max(first, 1)).map(textOf);
  if (words[first] === "=foreign") return { ...found, state: "foreign" };
  if (words.at(-1) !== "=done") return { ...found, state: "broken" };
  const modules: string[] = [];
  let list: ListName | undefined;
  for (let index = first; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (!word.startsWith("=")) {
      if (list === undefined) throw notUnderstood(word);
      if (list === "modules") modules.push(word);
      else addEntry(found, list, word);
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
  found.modules = parseModules(modules);
  if (found.untouched) {
    const same = new Set(found.untouched);
    found.changed = found.changed.filter((path) => !same.has(path));
  }
  return found;
}

/** The words of MODULES; a submodule that says nothing is "broken". */
function parseModules(words: readonly string[]): Module[] {
  const found: { name: string; worktree?: string; facts: string[] }[] = [];
  for (const word of words) {
    const last = found.at(-1);
    if (word.startsWith("n")) found.push({ name: textOf(word.slice(1)), facts: [] });
    else if (last && word.startsWith("w")) last.worktree = textOf(word.slice(1));
    else if (last && word.startsWith("m")) last.facts.push(word.slice(1));
    else throw notUnderstood(word);
  }
  return found.map(({ facts, ...module }) => {
    // Its own are in this list, under their paths: a record inside would nest without end.
    if (facts.includes("=modules")) throw notUnderstood("=modules");
    return { ...module, seen: parseObservation(facts.map((fact) => `${fact}\0`).join("")) };
  });
}

function addFact(found: Observation, name: string, value: string): void {
  if (name === "head" || name === "tip") {
    const oid = oidOrNothing(value);
    if (oid !== undefined) found[name] = oid;
  } else if (name === "on") {
    if (value !== "") found.on = textOf(value);
  } else if (name === "mark") {
    found.mark = textOf(value);
  } else if (name === "refs") {
    addRefs(found, value);
  } else if (name === "operation") {
    found.operations.push(textOf(value));
  } else if (name === "regenerable" || name === "lacks") {
    if (!/^\d{1,15}$/.test(value)) throw notUnderstood(value);
    found[name] = Number(value);
  } else if (name === "relation") {
    found.relation = parseRelation(value);
  } else if (name === "synced") {
    found.sinceSynced = parseSynced(value);
  } else if (name === "lfs") {
    found.largeFiles = true;
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
  if (list === "untouched") {
    found.untouched ??= [];
    found.untouched.push(textOf(entry));
  }
  if (list === "nested" || list === "filtered" || list === "unpopulated") found[list].push(textOf(entry));
  if (list === "stored" || list === "held") addObject(found, list, entry);
  if ((list === "stashes" || list === "earlier") && OID.test(entry)) found[list].push(entry);
  if (list === "worktrees") addWorktree(found, entry);
  if (list === "carried") addCarried(found, entry);
}

/** A line each, as `git for-each-ref` writes it; its mark is the branch that HEAD names. */
function addRefs(found: Observation, lines: string): void {
  for (const line of lines.split("\n").filter(Boolean)) {
    const [, mark, oid = "", bytes = ""] = /^([ *])([0-9a-f]+) (.+)$/s.exec(line) ?? [];
    if (!OID.test(oid)) throw notUnderstood(line);
    const name = textOf(bytes);
    found.refs.push({ oid, name });
    if (mark === "*") Object.assign(found, { head: oid, on: name });
  }
}

function addCarried(found: Observation, entry: string): void {
  const [, sum, path] = /^([0-9a-f]{64}|gone|only) (.+)$/s.exec(entry) ?? [];
  if (sum === undefined || path === undefined) throw notUnderstood(entry);
  if (sum === "only") found.carriedAlone.push(textOf(path));
  else found.carried.push({ path: textOf(path), sum });
}

/** What lies in the store's directory and is no object there is told by its name. */
function addObject(found: Observation, list: "stored" | "held", entry: string): void {
  const file = list === "stored" ? parseStored(entry) : undefined;
  const object = list === "stored" ? file?.pointer : parseHeld(entry);
  if (object) found.objects.push(object);
  else if (file) found.nested.push(textOf(file.path));
  else throw notUnderstood(entry);
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

/**
 * The tracked paths that `git status --porcelain=v2 -z --no-renames` calls changed; without those submodules of which
 * only another commit is checked out: git moves what is recorded, and leaves them as they are.
 */
export function changedPaths(status: string, which: "all" | "without submodules" = "all"): string[] {
  const found = nothing();
  const entries = fields(status).filter((entry) => which === "all" || !/^1 \.M S/.test(entry));
  for (const entry of entries) addStatus(found, entry);
  return found.changed;
}

/** One record of `git status --porcelain=v2 -z --no-renames`; "c path" is what OBSERVE_ONE makes of a changed file's. */
function addStatus(found: Observation, entry: string): void {
  const kind = entry[0];
  if (kind === "#") return;
  if (kind === "?") found.untracked.push(textOf(entry.slice(2)));
  else if (kind === "!") found.ignored.push(textOf(entry.slice(2)));
  else if (kind === "c") found.changed.push(textOf(entry.slice(2)));
  else if (kind === "1" || kind === "u") {
    // "1 XY sub mH mI mW hH hI path" and "u XY sub m1 m2 m3 mW h1 h2 h3 path".
    const skipped = kind === "1" ? 8 : 10;
    found.changed.push(textOf(entry.split(" ").slice(skipped).join(" ")));
  } else {
    throw notUnderstood(entry);
  }
}
