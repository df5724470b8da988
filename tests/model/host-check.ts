// What no command may do to the user's own repository: change an edit, drop a commit, move anything when it refuses.
import type { Kept } from "./kept.ts";
import { indexIds, isMarked, type Seen } from "./look.ts";

export interface HostBefore {
  seen: Seen;
  objects: Set<string>;
}

/** What the command was, as far as the rules differ. */
export interface Doing {
  argv: readonly string[];
  /** Undefined when it was killed. */
  exit: number | undefined;
  branch: string;
}

const name = (path: string) => JSON.stringify(Buffer.from(path, "latin1").toString("utf8"));

/** Files follow a fetch where its branch is checked out. */
export const mayFollow = (before: Seen, doing: Doing): boolean =>
  doing.argv[0] === "fetch" && doing.exit !== 4 && before.head === `ref: refs/heads/${doing.branch}`;

export function hostViolations(before: HostBefore, after: Seen, kept: Kept, doing: Doing): string[] {
  return [
    ...droppedObjects(before, after, kept),
    ...changedFiles(before.seen, after, mayFollow(before.seen, doing)),
    ...movedReferences(before.seen, after, doing),
  ];
}

/** Of the user's clone of a submodule nothing but its files and HEAD may follow, and no commit is let go for that. */
export function insideViolations(before: HostBefore, after: Seen, kept: Kept, follows: boolean): string[] {
  const moved = [...new Set([...before.seen.refs.keys(), ...after.refs.keys()])].filter(
    (ref) => !ref.startsWith("refs/agent-vm/") && before.seen.refs.get(ref) !== after.refs.get(ref),
  );
  return [
    ...droppedObjects(before, after, kept),
    ...changedFiles(before.seen, after, follows),
    ...moved.map((ref) => `${ref} moved`),
    ...(follows || before.seen.head === after.head ? [] : [`HEAD moved to ${after.head}`]),
    ...(before.seen.directory === after.directory ? [] : ["its files came or went"]),
  ];
}

function droppedObjects({ seen, objects }: HostBefore, after: Seen, kept: Kept): string[] {
  const staged = new Set([...indexIds(after), ...[...after.files.values()].map((one) => one.hash)]);
  const has = (id: string) => kept.host.has(id) || kept.vault.has(id);
  return [
    ...[...objects].filter((id) => !has(id)).map((id) => `the host's object ${id} is lost`),
    ...indexIds(seen)
      .filter((id) => !has(id) && !staged.has(id))
      .map((id) => `the host's staged version ${id} is lost`),
  ];
}

function changedFiles(before: Seen, after: Seen, follows: boolean): string[] {
  const found: string[] = [];
  for (const file of before.files.values()) {
    const now = after.files.get(file.path);
    if (now?.hash === file.hash && now.kind === file.kind) continue;
    if (isMarked(before.dirty, file.path)) found.push(`the user's edit of ${name(file.path)} was changed`);
    else if (!follows) found.push(`the user's file ${name(file.path)} was changed`);
  }
  if (!follows) {
    for (const file of after.files.values()) {
      if (!before.files.has(file.path)) found.push(`${name(file.path)} appeared in the user's tree`);
    }
    if (before.index.join("\0") !== after.index.join("\0")) found.push("the user's index was changed");
  }
  return found;
}

/** Names of our own move freely; a branch of the user only by fetch, and a missing one is made by push. */
function movedReferences(before: Seen, after: Seen, doing: Doing): string[] {
  const found =
    before.head === after.head ? [] : [`the user's HEAD moved from ${before.head} to ${after.head}`];
  for (const ref of new Set([...before.refs.keys(), ...after.refs.keys()])) {
    if (ref.startsWith("refs/agent-vm/")) continue;
    const [old, now] = [before.refs.get(ref), after.refs.get(ref)];
    if (old === now || mayMove(ref, old, doing)) continue;
    found.push(`${doing.argv.join(" ")} (exit ${doing.exit}) moved ${ref} from ${old} to ${now}`);
  }
  return found;
}

function mayMove(ref: string, old: string | undefined, { argv, exit, branch }: Doing): boolean {
  const own = ref === `refs/heads/${branch}`;
  if (argv[0] === "push" || argv[0] === "restore") return own && old === undefined;
  if (argv[0] !== "fetch" || argv.includes("--dry-run") || exit === 4) return false;
  if (own) return !argv.includes("--as");
  // `--as` and `--all` make references, and move none that exists but by a further fetch into the same.
  return argv.includes("--as") || (argv.includes("--all") && old === undefined);
}
