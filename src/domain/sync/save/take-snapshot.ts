// Takes the guest's snapshot of a workspace and reads what it says.

import type { Context } from "../../../context.ts";
import { UserError } from "../../../errors.ts";
import { parsed } from "../../../guard/from-guest.ts";
import type { Target } from "../../../target.ts";
import { parseHeld, parseStored, type StoredFile } from "../../lfs/held.ts";
import type { Pointer } from "../../lfs/pointer.ts";
import type { Stash } from "../../vault/save.ts";
import { SNAPSHOT } from "../guest/snapshot.ts";
import { callGuest } from "../guest.ts";
import { fields, oidOrNothing, textOf } from "../parse.ts";
import { loadRegenerable } from "./regenerable.ts";

export interface Snapshot {
  /** Below `refs/save/` of the scratch repository. */
  refs: { name: string; oid: string }[];
  on?: string;
  head?: string;
  stashes: Stash[];
  /** Paths that git cannot hold, as bytes: relative to the workspace, or absolute for a linked worktree. */
  opaque: string[];
  /** Files of Git LFS's store. */
  stored: StoredFile[];
  /** What is in files of the workspace that are, to the last byte, what their pointers say. */
  large: Pointer[];
  /** Repositories inside that a save of work in progress leaves where they are; text, not cleaned. */
  left: string[];
  regenerable: number;
  /** What it takes beyond what the host has, in bytes, as the guest says. */
  bytes: number;
}

export interface SnapshotOf {
  /** The directory below ~/workspace, which may be renamed away. */
  dir: string;
  scratch: string;
  /** Since 1970, for the commits that are made: the same for all snapshots that are compared with each other. */
  seconds: number;
  /** With ignored files and with what git cannot hold. */
  ignored: boolean;
  /** Commits that the host has: they do not count for the size. */
  known: readonly string[];
  /** It will only be compared with another one. */
  toCompare?: boolean;
}

/** zlib's: what compresses well does so at the first level, and the others take their time with what does not. */
const LEVEL = "1";
const NOT_AT_ALL = "0";

/** Throws ToolError when the guest cannot make it: an unreadable file, a damaged object. */
export async function takeSnapshot(ctx: Context, target: Target, of: SnapshotOf): Promise<Snapshot> {
  const mode = of.ignored ? "all" : "wip";
  const level = of.toCompare ? NOT_AT_ALL : LEVEL;
  const args = [of.dir, of.scratch, String(of.seconds), mode, await loadRegenerable(ctx), level, ...of.known];
  const said = await callGuest(ctx, target, { text: SNAPSHOT, args, doing: "the VM reads every file there" });
  return parsed(said, parseSnapshot);
}

/** Names git makes or the agent chose; each becomes a reference of the vault, so it must look like one to git. */
const NAME =
  /^(?:own\/(?:head|index|tree|stages|state|earlier|private|large|sparse|stash\/\d{1,6})|refs\/[^~^:?*[\\]+)$/;
const isName = (text: string): boolean =>
  NAME.test(text) && !text.includes("..") && ![...text].some((char) => char <= " " || char === "\u007f");

/** The answer of SNAPSHOT. Throws UserError when it is not one, or not whole. */
export function parseSnapshot(answer: string): Snapshot {
  const words = fields(answer);
  const found: Snapshot = {
    refs: [],
    stashes: [],
    opaque: [],
    stored: [],
    large: [],
    left: [],
    regenerable: 0,
    bytes: 0,
  };
  let at = 0;
  const next = (): string => words[at++] ?? "";
  const number = (text: string): number => {
    if (!/^\d{1,15}$/.test(text)) throw notASnapshot();
    return Number(text);
  };
  const oid = (text: string): string => {
    const parsed = oidOrNothing(text);
    if (parsed === undefined) throw notASnapshot();
    return parsed;
  };
  if (words.at(-1) !== "=done") throw notASnapshot();
  while (at < words.length - 1) {
    const kind = next();
    if (kind === "=ref") {
      const ref = { oid: oid(next()), name: textOf(next()) };
      if (!isName(ref.name)) throw notASnapshot();
      if (ref.name === "own/head") found.head = ref.oid;
      found.refs.push(ref);
    } else if (kind === "=stash") found.stashes.push({ oid: oid(next()), message: textOf(next()) });
    else if (kind === "=opaque") found.opaque.push(next());
    else if (kind === "=stored") found.stored.push(parseStored(next()) ?? notStored());
    else if (kind === "=large") found.large.push(parseHeld(next()) ?? notStored());
    else if (kind === "=left") found.left.push(textOf(next()));
    else if (kind === "=regenerable") found.regenerable = number(next());
    else if (kind === "=kib") found.bytes = number(next()) * 1024;
    else if (kind === "=on") {
      const on = textOf(next());
      if (on !== "") found.on = on;
    } else throw notASnapshot();
  }
  if (!found.refs.some((ref) => ref.name === "own/tree")) throw notASnapshot();
  return found;
}

const notStored = (): never => {
  throw notASnapshot();
};

const notASnapshot = (): UserError =>
  new UserError("The VM's answer about what to save is not understood.", {
    hint: "If this stays, look at the workspace with: agent-vm connect",
  });
