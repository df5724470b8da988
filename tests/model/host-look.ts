// The user's side before and after a command: the repository, its submodule, its large files.
import { git } from "./git.ts";
import type { HostBefore } from "./host-check.ts";
import type { Places } from "./kept.ts";
import { largeIn, pointersIn } from "./large.ts";
import { look, reachable } from "./look.ts";
import { submoduleOf } from "./places.ts";

export interface HostSeen {
  own: HostBefore;
  inside: HostBefore | undefined;
  /** Files that are a pointer. */
  pointers: string[];
  /** How many objects the store of large files has. */
  large: number;
}

const seenAt = (places: Places, directory: string): HostBefore => ({
  seen: look(places, directory),
  objects: reachable(places, directory, "references"),
});

export function lookAtHost(places: Places): HostSeen {
  const inside = submoduleOf(places.repo);
  return {
    own: seenAt(places, places.repo),
    inside: inside === undefined ? undefined : seenAt(places, inside),
    pointers: pointersIn(places.repo),
    large: largeIn(places.repo).size,
  };
}

/** Commits of the submodule that the commits new to a branch record. */
export function newlyRecorded(places: Places, before: HostSeen, after: HostSeen): string[] {
  const moved = [...after.own.seen.refs].filter(
    ([ref, oid]) => ref.startsWith("refs/heads/") && before.own.seen.refs.get(ref) !== oid,
  );
  const old = [...before.own.seen.refs].flatMap(([ref, oid]) => (ref.startsWith("refs/heads/") ? [oid] : []));
  if (moved.length === 0 || after.inside === undefined) return [];
  const words = ["log", "-m", "--format=", "--raw", "--no-abbrev", ...moved.map(([, oid]) => oid), "--not"];
  const lines = git(places, places.repo, ...words, ...old, "--").split("\n");
  return lines.flatMap((line) => (/^:\d+ 160000 [0-9a-f]+ ([0-9a-f]+) /.exec(line) ?? []).slice(1));
}

/** Pointers that the user's branches have, of content that a workspace has and the user's own store lacks. */
export function lackingLarge(places: Places, workspaces: readonly string[]): string[] {
  const away = new Set(workspaces.flatMap((directory) => [...largeIn(directory).keys()]));
  for (const pointer of largeIn(places.repo).keys()) away.delete(pointer);
  if (away.size === 0) return [];
  const named = git(places, places.repo, "rev-list", "--objects", "--no-object-names", "--branches");
  return named.split("\n").filter((id) => away.has(id));
}
