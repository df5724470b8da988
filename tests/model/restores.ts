// What comes back by `restore` is what `clean` took away.
import type { Doing } from "./host-check.ts";
import type { Kept } from "./kept.ts";
import type { Seen } from "./look.ts";
import { EMPTY } from "./oracle.ts";
import { differences, withoutGranted } from "./unchanged.ts";

/** Branch → its workspace as it was when a `clean` succeeded, and its submodule by its path. */
export type Cleaned = Map<string, Map<string, Seen>>;

/** Remembers what was cleaned; says in what a restored workspace differs from it. */
export function restoreViolations(cleaned: Cleaned, doing: Doing, before: Kept, after: Kept): string[] {
  if (doing.argv[0] === "clean") {
    const gone = missingIn(after, before);
    // Without work there is nothing to save, and `restore` takes an older save.
    if (gone.size > 0 && after.saves > before.saves) cleaned.set(doing.branch, gone);
    else if (gone.size > 0) cleaned.delete(doing.branch);
  }
  if (doing.argv[0] !== "restore" || doing.exit !== 0) return [];
  const come = missingIn(before, after);
  if (come.size === 0) return [];
  return [...(cleaned.get(doing.branch) ?? [])].flatMap(([inside, was]) =>
    unlike(was, come.get(inside)).map(
      (what) => `restore of ${doing.branch} did not bring back ${inside} ${what}`,
    ),
  );
}

/** The workspace that is in one but not in the other: its own part is "", its submodule's the rest of the name. */
const missingIn = (there: Kept, here: Kept): Map<string, Seen> =>
  new Map(
    [...here.workspaces]
      .filter(([name]) => !there.workspaces.has(name))
      .map(([name, { seen }]) => [name.replace(/^[^/]*/, ""), seen]),
  );

function unlike(was: Seen, now: Seen | undefined): string[] {
  if (now === undefined) return ["at all"];
  // git takes a skipped file for there also when it is gone, so it may come back.
  const files = new Map(now.files);
  for (const path of was.skipped) if (!was.files.has(path)) files.delete(path);
  return differences(comparable(was), comparable({ ...now, files }));
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
