// Which workspaces are to be looked at next: those that changed before those that may have. Pure.

/**
 * So many are looked at in one question. What changes meanwhile waits for the whole of it and for the rest after it, so
 * few are taken where nothing is known to have changed.
 */
const CHANGED = 8;
const UNCHANGED = 4;

export interface Due {
  /** The workspaces there are. Other names are not remembered, so that the VM cannot fill our memory with them. */
  know(dirs: Iterable<string>): void;
  /** These have changed. */
  soon(dirs: Iterable<string>): void;
  /** These are looked at when nothing else is to be done. */
  later(dirs: Iterable<string>): void;
  /** Takes the next few; those that came first go first. */
  take(): string[];
  isEmpty(): boolean;
}

export function createDue(): Due {
  const changed = new Set<string>();
  const unchanged = new Set<string>();
  let known = new Set<string>();
  return {
    know: (dirs) => {
      known = new Set(dirs);
    },
    soon: (dirs) => {
      for (const dir of dirs) {
        if (!known.has(dir)) continue;
        unchanged.delete(dir);
        changed.add(dir);
      }
    },
    later: (dirs) => {
      for (const dir of dirs) if (known.has(dir) && !changed.has(dir)) unchanged.add(dir);
    },
    take: () => {
      const [from, most] = changed.size > 0 ? [changed, CHANGED] : [unchanged, UNCHANGED];
      const few = [...from].slice(0, most);
      for (const dir of few) from.delete(dir);
      return few;
    },
    isEmpty: () => changed.size + unchanged.size === 0,
  };
}
