// What comes back by `restore` is what `clean` took away.
import type { Doing } from "./host-check.ts";
import type { Kept } from "./kept.ts";
import type { Seen } from "./look.ts";
import { EMPTY } from "./oracle.ts";
import { differences, withoutGranted } from "./unchanged.ts";

/** Branch → its workspace as it was when a `clean` succeeded. */
export type Cleaned = Map<string, Seen>;

/** Remembers what was cleaned; says in what a restored workspace differs from it. */
export function restoreViolations(cleaned: Cleaned, doing: Doing, before: Kept, after: Kept): string[] {
  if (doing.argv[0] === "clean") {
    for (const [name, { seen }] of before.workspaces) {
      if (after.workspaces.has(name)) continue;
      // Without work there is nothing to save, and `restore` takes an older save.
      if (after.saves > before.saves) cleaned.set(doing.branch, comparable(seen));
      else cleaned.delete(doing.branch);
    }
  }
  if (doing.argv[0] !== "restore" || doing.exit !== 0) return [];
  const was = cleaned.get(doing.branch);
  const come = [...after.workspaces].find(([name]) => !before.workspaces.has(name))?.[1].seen;
  if (was === undefined || come === undefined) return [];
  // git takes a skipped file for there also when it is gone, so it may come back.
  const files = new Map(come.files);
  for (const path of was.skipped) if (!was.files.has(path)) files.delete(path);
  return differences(was, comparable({ ...come, files })).map(
    (what) => `restore of ${doing.branch} did not bring back ${what}`,
  );
}

/** What can be made again is not saved, granted files come from the host; references of ours may be more. */
function comparable(whole: Seen): Seen {
  const seen = withoutGranted(whole);
  const files = new Map([...seen.files].filter(([path]) => !/(^|\/)node_modules\//.test(path)));
  const refs = new Map([...seen.refs].filter(([name]) => !/^refs\/(agent-vm|remotes)\//.test(name)));
  // What was only announced (`add -N`) has no version in the index; its file comes back as an untracked one.
  const index = seen.index.filter((line) => !EMPTY.includes(line.split(" ")[1] ?? ""));
  return { ...seen, files, refs, index };
}
