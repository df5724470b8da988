// What a carried file is now, on both sides. Pure.
import type { Observation } from "../sync/parse.ts";
import { nameLines } from "../sync/words.ts";
import type { Carried } from "./record.ts";

export const CARRIED_STATES = [
  /** Both sides have the same. */
  "equal",
  /** The VM has what was sent, the host something else by now: nobody else may have what it was. */
  "host newer",
  /** The VM has what was sent, and this host has it no more. */
  "only in the VM",
  "changed in the VM",
  "deleted in the VM",
  /** The VM is not up, or does not say. */
  "unknown",
] as const;
export type CarriedState = (typeof CARRIED_STATES)[number];

const CHANGED = "changed in the VM" as const satisfies CarriedState;

export interface CarriedNow {
  path: string;
  state: CarriedState;
}

/** What the guest says of a path: a SHA-256, or that nothing lies there. */
export type Claim = string | "gone";

/**
 * `claim` is the guest's word, so it counts only beside what the host knows by itself: what it sent, and what it has at
 * present. What the host has no more may exist nowhere else, whatever the guest says of it.
 */
export function carriedState(
  sent: string,
  present: string | undefined,
  claim: Claim | undefined,
): CarriedState {
  if (claim === undefined) return "unknown";
  if (claim === "gone") return "deleted in the VM";
  if (claim === present) return "equal";
  if (claim !== sent) return "changed in the VM";
  return present === undefined ? "only in the VM" : "host newer";
}

/** `present`: what the host has now of the files that it sent, by path. */
export function carriedNow(
  { files, kept }: Carried,
  claims: ReadonlyMap<string, Claim> | undefined,
  present: ReadonlyMap<string, string>,
): CarriedNow[] {
  const sent = files.map(({ path, sha256 }) => ({
    path,
    state: claims ? carriedState(sha256, present.get(path), claims.get(path)) : ("unknown" as const),
  }));
  // What gave way was never sent.
  const aside = kept.filter((path) => claims?.get(path) !== "gone");
  return [...sent, ...aside.map((path) => ({ path, state: claims ? CHANGED : ("unknown" as const) }))];
}

const SAFE: readonly CarriedState[] = ["equal", "deleted in the VM"];

/** Nothing would be lost with it. */
export const isSafe = ({ state }: CarriedNow): boolean => SAFE.includes(state);

/** What exists nowhere else, one cleaned line each. */
export const unsavedCarried = (now: readonly CarriedNow[]): string[] => [
  ...nameLines("carried, changed in the VM", named(now, CHANGED)),
  ...nameLines("carried, and changed on this host since", named(now, "host newer")),
  ...nameLines("carried, and no longer on this host", named(now, "only in the VM")),
  ...nameLines("carried, and the VM does not say whether it changed", named(now, "unknown")),
];

const named = (now: readonly CarriedNow[], state: CarriedState): string[] =>
  now.filter((one) => one.state === state).map(({ path }) => path);

/**
 * What was seen, without the carried files `left` out: they are told of by themselves. Where git names a directory for
 * all that is in it, that goes, too, when nothing else lies there.
 */
export function withoutCarried(
  seen: Observation,
  now: readonly CarriedNow[],
  left: (one: CarriedNow) => boolean = () => true,
): Observation {
  const paths = new Set(now.filter(left).map(({ path }) => path));
  if (paths.size === 0) return seen;
  const told = [...now, ...seen.carried.filter(({ sum }) => sum !== "gone")];
  const stay = told.flatMap(({ path }) => (paths.has(path) ? [] : [path]));
  const alone = seen.carriedAlone.filter((directory) => !stay.some((path) => path.startsWith(directory)));
  const gone = new Set([...paths, ...alone]);
  const others = (names: readonly string[]) => names.filter((name) => !gone.has(name));
  return { ...seen, ignored: others(seen.ignored), untracked: others(seen.untracked) };
}
