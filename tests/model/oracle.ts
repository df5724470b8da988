// What must never be lost: every commit and file version that was in a workspace when a command of the tool began.

import type { Kept } from "./kept.ts";
import { indexed, indexIds, isMarked, type Seen } from "./look.ts";

export interface Owed {
  what: string;
  /** The workspace it was seen in. */
  dir: string;
  /** Can be made again: owed only as long as the workspace is there. */
  regenerable: boolean;
}

/** Object id → what it is. */
export type Debts = Map<string, Owed>;

/** Anybody can make these again: a blob and a tree without content. */
export const EMPTY: readonly string[] = [
  "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
  "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
];

const isRegenerable = (seen: Seen, path: string): boolean =>
  isMarked(seen.ignored, path) && /(^|\/)node_modules\//.test(path);

/** What a workspace holds at this moment: its objects, its index, and the bytes of its files. */
function debtsOf(dir: string, seen: Seen, objects: ReadonlySet<string>): Debts {
  const found: Debts = new Map();
  const base = { dir, regenerable: false };
  for (const id of objects) found.set(id, { ...base, what: "an object" });
  for (const id of indexIds(seen)) found.set(id, { ...base, what: "a staged version" });
  const inIndex = indexed(seen);
  for (const { path, hash } of seen.files.values()) {
    if (isForm(seen, inIndex, path, hash)) continue;
    const known = found.get(hash);
    if (known === undefined || known.regenerable) {
      found.set(hash, {
        dir,
        what: `the file ${JSON.stringify(path)}`,
        regenerable: isRegenerable(seen, path),
      });
    }
  }
  for (const id of EMPTY) found.delete(id);
  return found;
}

/** git calls it unchanged: the committed object is the version, whatever line endings the file has. */
const isForm = (seen: Seen, inIndex: ReadonlyMap<string, string>, path: string, hash: string): boolean =>
  inIndex.has(path) && !isMarked(seen.dirty, path) && inIndex.get(path) !== hash;

/** `forms`: also by a file that is only another form of what is committed. */
function holds(kept: Kept, forms: boolean): (id: string) => boolean {
  const trees = [...kept.workspaces.values()].map(({ seen, objects }) => {
    const inIndex = indexed(seen);
    const files = [...seen.files.values()].filter(
      ({ path, hash }) => forms || !isForm(seen, inIndex, path, hash),
    );
    return { objects, loose: new Set([...indexIds(seen), ...files.map((one) => one.hash)]) };
  });
  return (id) =>
    kept.host.has(id) ||
    kept.vault.has(id) ||
    trees.some(({ objects, loose }) => objects.has(id) || loose.has(id));
}

/**
 * Before a command: what the agent or the user dropped themselves is forgiven, also by a commit that has it with other
 * line endings; what is there now is owed. A file that its own workspace ignores by now, because the agent changed what
 * is ignored, is owed as such a file.
 */
export function owedNow(before: Debts, kept: Kept): Debts {
  const isKept = holds(kept, false);
  const owed: Debts = new Map([...before].filter(([id]) => isKept(id)));
  for (const [id, debt] of owedByAny(kept)) {
    const known = owed.get(id);
    if (known === undefined || known.regenerable || known.dir === debt.dir) owed.set(id, debt);
  }
  return owed;
}

function owedByAny(kept: Kept): Debts {
  const owed: Debts = new Map();
  for (const [dir, { seen, objects }] of kept.workspaces) {
    for (const [id, debt] of debtsOf(dir, seen, objects)) {
      if (owed.get(id)?.regenerable !== false) owed.set(id, debt);
    }
  }
  return owed;
}

/**
 * After a command: one line for each thing that is nowhere any more. Where it `carries`, the user's own earlier version
 * of a granted file gives way to the present one, as the user asked.
 */
export function lost(owed: Debts, kept: Kept, carries: boolean): string[] {
  const isKept = holds(kept, true);
  return [...owed].flatMap(([id, { what, dir, regenerable }]) => {
    if (isKept(id) || (carries && kept.hadByUser.has(id))) return [];
    if (regenerable && !kept.workspaces.has(dir)) return [];
    return [`${what} of ${dir} is lost: ${id}`];
  });
}
