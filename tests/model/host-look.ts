// The user's side before and after a command: the repository, its submodules, its large files and theirs.
import { join } from "node:path";
import { git } from "./git.ts";
import type { HostBefore } from "./host-check.ts";
import type { Kept, Places } from "./kept.ts";
import { largeIn, pointersIn } from "./large.ts";
import { look, reachable } from "./look.ts";
import { submodulesOf } from "./places.ts";

export interface HostSeen {
  own: HostBefore;
  /** Path → the clone of the submodule there, the outer one first. */
  inside: Map<string, HostBefore>;
  /** Files that are a pointer. */
  pointers: string[];
  /** How many objects the stores of large files have: the repository's own, and those of its submodules. */
  large: { outside: number; inside: number };
}

const seenAt = (places: Places, directory: string): HostBefore => ({
  seen: look(places, directory),
  objects: reachable(places, directory, "references"),
});

export function lookAtHost(places: Places): HostSeen {
  const { repo } = places;
  const inside = submodulesOf(repo);
  const sizes = [...inside.values()].map((place) => largeIn(place).size);
  return {
    own: seenAt(places, repo),
    inside: new Map([...inside].map(([path, place]) => [path, seenAt(places, place)])),
    pointers: ["", ...inside.keys()].flatMap((path) =>
      pointersIn(join(repo, path)).map((name) => join(path, name)),
    ),
    large: { outside: largeIn(repo).size, inside: sizes.reduce((sum, size) => sum + size, 0) },
  };
}

/**
 * By a submodule's path the commits of it that the commits new to a branch record, or that those record, and that are
 * not `here`.
 */
export function absentRecorded(
  places: Places,
  before: HostSeen,
  after: HostSeen,
  here: ReadonlySet<string>,
): Map<string, string[]> {
  const absent = new Map<string, string[]>();
  const old = branches(before.own);
  let tips = branches(after.own).filter((oid) => !old.includes(oid));
  let above: HostBefore | undefined = before.own;
  for (const [path] of after.inside) {
    if (above === undefined || tips.length === 0) break;
    const recorded = recordedBy(places, above, tips);
    absent.set(
      path,
      recorded.filter((oid) => !here.has(oid)),
    );
    tips = recorded.filter((oid) => here.has(oid));
    above = before.inside.get(path);
  }
  return absent;
}

const branches = ({ seen }: HostBefore): string[] =>
  [...seen.refs].flatMap(([ref, oid]) => (ref.startsWith("refs/heads/") ? [oid] : []));

/** What the commits that its branches had not record of the submodule. */
const recordedBy = (places: Places, above: HostBefore, tips: readonly string[]): string[] =>
  recordedIn(places, above.seen.directory, [...tips, "--not", ...branches(above)]);

function recordedIn(places: Places, directory: string, range: readonly string[]): string[] {
  const words = ["log", "-m", "--format=", "--raw", "--no-abbrev", ...range, "--"];
  const lines = git(places, directory, ...words).split("\n");
  const found = lines.flatMap((line) => (/^:\d+ 160000 [0-9a-f]+ ([0-9a-f]+) /.exec(line) ?? []).slice(1));
  return [...new Set(found)];
}

/** Pointers that the user's branches have, or what they record, of content that a workspace has and the user's own store lacks. */
export function lackingLarge(places: Places, kept: Kept): string[] {
  const lacking: string[] = [];
  let range = ["--branches"];
  for (const [path, place] of [["", places.repo] as const, ...submodulesOf(places.repo)]) {
    if (range.length === 0) break;
    const there = [...kept.workspaces].filter(([name]) => name.replace(/^[^/]*\/?/, "") === path);
    const away = new Set(there.flatMap(([, { seen }]) => [...largeIn(seen.directory).keys()]));
    for (const pointer of largeIn(place).keys()) away.delete(pointer);
    if (away.size > 0) {
      const named = git(places, place, "rev-list", "--objects", "--no-object-names", ...range);
      lacking.push(...named.split("\n").filter((id) => away.has(id)));
    }
    range = recordedIn(places, place, range).filter((oid) => kept.host.has(oid));
  }
  return lacking;
}
