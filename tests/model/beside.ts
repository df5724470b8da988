// What comes home beside the commits of a branch: those of its submodule before it moves, and large files.
import { basename, join } from "node:path";
import { type Doing, insideViolations, mayFollow } from "./host-check.ts";
import { type HostSeen, lackingLarge, newlyRecorded } from "./host-look.ts";
import type { Kept, Places } from "./kept.ts";
import { SUBMODULE } from "./places.ts";

export interface Moment {
  before: HostSeen;
  after: HostSeen;
  kept: Kept;
  doing: Doing;
}

/** What a command did beside the branch, for the count of what a run has seen. */
export function doneBeside({ before, after, kept, doing }: Moment, was: Kept): string[] {
  const inGuest = [...kept.workspaces].filter(([name]) => basename(name) === SUBMODULE);
  const moved = inGuest.some(([name, { seen }]) => {
    const old = was.workspaces.get(name)?.seen;
    return old !== undefined && old.head !== seen.head;
  });
  const made = inGuest.some(([name]) => !was.workspaces.has(name));
  const verb = doing.argv[0];
  return [
    ...(before.inside?.seen.head === after.inside?.seen.head
      ? []
      : [`${verb}: the host's submodule followed`]),
    ...(moved ? [`${verb}: the submodule followed`] : []),
    ...(made ? [`${verb}: the submodule came`] : []),
    ...(after.large > before.large ? [`${verb}: large files came`] : []),
  ];
}

/** Ways in which a command broke what is promised about submodules. */
export function submoduleViolations(places: Places, { before, after, kept, doing }: Moment): string[] {
  if (before.inside === undefined) return [];
  if (after.inside === undefined) return ["the host's clone of the submodule is gone"];
  const recorded = newlyRecorded(places, before, after).filter((oid) => !kept.host.has(oid));
  return [
    ...insideViolations(before.inside, after.inside.seen, kept, mayFollow(before.own.seen, doing)),
    ...recorded.map((oid) => `a branch moved to record ${oid} of the submodule, which the host has not`),
    ...leftBehind(kept, doing),
  ];
}

/** After a fetch the host has every branch of the submodule, and what is checked out in it. */
function leftBehind(kept: Kept, { argv, exit, branch }: Doing): string[] {
  if (argv[0] !== "fetch" || exit !== 0 || argv.includes("--dry-run")) return [];
  return [...kept.workspaces].flatMap(([name, { seen }]) => {
    const own = kept.workspaces.get(name.slice(0, -SUBMODULE.length - 1))?.seen;
    const records = own?.index.some((line) => line.startsWith("160000 ") && line.endsWith(`\t${SUBMODULE}`));
    if (basename(name) !== SUBMODULE || own?.head !== `ref: refs/heads/${branch}` || !records) return [];
    const tips = [...seen.refs].filter(([ref]) => ref.startsWith("refs/heads/")).map(([, oid]) => oid);
    const head = /^[0-9a-f]{40}$/.test(seen.head) ? [seen.head] : [];
    const left = [...tips, ...head].filter((oid) => !kept.host.has(oid));
    return left.map((oid) => `${argv.join(" ")} left ${oid} of the submodule behind in ${name}`);
  });
}

/** Content, never a pointer, in the user's tree, and in the store for every commit of a branch. */
export function largeViolations(places: Places, { before, after, kept }: Moment): string[] {
  const workspaces = [...kept.workspaces.keys()].map((name) => join(places.guestHome, "workspace", name));
  const pointers = after.pointers.filter((name) => !before.pointers.includes(name));
  return [
    ...pointers.map((name) => `a pointer instead of ${name} is in the user's tree`),
    ...lackingLarge(places, workspaces).map(
      (id) => `a branch of the host has the pointer ${id} without content`,
    ),
  ];
}
