// What comes home beside the commits of a branch: those of its submodules before it moves, and large files.
import { basename } from "node:path";
import { type Doing, insideViolations, mayFollow } from "./host-check.ts";
import { absentRecorded, type HostSeen, lackingLarge } from "./host-look.ts";
import type { Held, Kept, Places } from "./kept.ts";
import { SUBMODULE } from "./places.ts";

export interface Moment {
  before: HostSeen;
  after: HostSeen;
  kept: Kept;
  doing: Doing;
}

const INNER = `${SUBMODULE}/${SUBMODULE}`;
const called = (path: string) => (path.endsWith(INNER) ? "inner submodule" : "submodule");

/** What a command did beside the branch, for the count of what a run has seen. */
export function doneBeside({ before, after, kept, doing }: Moment, was: Kept): string[] {
  const verb = doing.argv[0];
  const inGuest = [...kept.workspaces].filter(([name]) => basename(name) === SUBMODULE);
  const onHost = [...after.inside].filter(([path, { seen }]) => {
    const old = before.inside.get(path)?.seen;
    return old !== undefined && old.head !== seen.head;
  });
  const said = [
    ...onHost.map(([path]) => `the host's ${called(path)} followed`),
    ...inGuest.flatMap(([name, { seen }]) => {
      const old = was.workspaces.get(name)?.seen;
      if (old?.head === seen.head) return [];
      return [`the ${called(name)} ${old === undefined ? "came" : "followed"}`];
    }),
    ...(after.large.outside > before.large.outside ? ["large files came"] : []),
    ...(after.large.inside > before.large.inside ? ["large files of a submodule came"] : []),
  ];
  return [...new Set(said)].map((what) => `${verb}: ${what}`);
}

/** Ways in which a command broke what is promised about submodules. */
export function submoduleViolations(places: Places, { before, after, kept, doing }: Moment): string[] {
  const follows = mayFollow(before.own.seen, doing);
  const clones = [...before.inside].flatMap(([path, was]) => {
    const now = after.inside.get(path)?.seen;
    if (now === undefined) return [`the host's clone of ${path} is gone`];
    return insideViolations(was, now, kept, follows).map((what) => `in the host's ${path}: ${what}`);
  });
  const absent = [...absentRecorded(places, before, after, kept.host)].flatMap(([path, oids]) =>
    oids.map((oid) => `a branch moved to record ${oid} of ${path}, which the host has not`),
  );
  return [...clones, ...absent, ...leftBehind(kept, doing)];
}

/** After a fetch the host has every branch of a submodule, and what is checked out in it. */
function leftBehind(kept: Kept, { argv, exit, branch }: Doing): string[] {
  if (argv[0] !== "fetch" || exit !== 0 || argv.includes("--dry-run")) return [];
  return [...kept.workspaces].flatMap(([name, { seen, recorded }]) => {
    const top = kept.workspaces.get(name.replace(/(\/lib)+$/, ""));
    if (!recorded || top?.seen.head !== `ref: refs/heads/${branch}`) return [];
    const left = tipsOf(seen).filter((oid) => !kept.host.has(oid));
    return left.map((oid) => `${argv.join(" ")} left ${oid} of the submodule behind in ${name}`);
  });
}

function tipsOf(seen: Held["seen"]): string[] {
  const branches = [...seen.refs].flatMap(([ref, oid]) => (ref.startsWith("refs/heads/") ? [oid] : []));
  return /^[0-9a-f]{40}$/.test(seen.head) ? [...branches, seen.head] : branches;
}

/** Content, never a pointer, in the user's tree, and in the store for every commit of a branch. */
export function largeViolations(places: Places, { before, after, kept }: Moment): string[] {
  const pointers = after.pointers.filter((name) => !before.pointers.includes(name));
  return [
    ...pointers.map((name) => `a pointer instead of ${name} is in the user's tree`),
    ...lackingLarge(places, kept).map((id) => `a branch of the host has the pointer ${id} without content`),
  ];
}
