// Files of the host as members of an archive for the VM: what the user named, and what lies below it.
// Its calls are synchronous: for thousands of small files a promise each costs more than the reading.
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { PackedMember } from "../../io/tar.ts";
import { isDisguisedGit } from "../customs/odd-names.ts";
import { type LeftOut, noteLeftOut, type Why } from "./words.ts";

/** One file or directory of the host: `path` is real, `name` what it is called at the destination ("" for content). */
export interface HostSource {
  path: string;
  name: string;
}

export interface Packing {
  /** What stays here, and why. */
  left: LeftOut;
  files: number;
  bytes: number;
  /** Places of our mounts: not even looked at, because a dead one hangs whoever does. */
  mounts: readonly string[];
}

const BITS = 0o777;
/** Larger ones are read while they are sent. */
const SMALL = 256 * 1024;
const BLOCK = 1024 * 1024;
/** Neither a link nor a pipe that has come to a file's place meanwhile is opened. */
const AS_SEEN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The sources as 0, 1, …, and last a member with their names, which says that all of it was sent. What is removed
 * meanwhile is noted and left out; throws UserError (1) when that is a source itself.
 */
export async function* packMembers(
  sources: readonly HostSource[],
  mark: string,
  packing: Packing,
): AsyncGenerator<PackedMember> {
  for (const [index, { path }] of sources.entries()) {
    const seen = lstatSync(path, { throwIfNoEntry: false });
    const members = seen ? below({ packing, device: seen.dev }, path, String(index)) : undefined;
    const first = members && (await members.next());
    if (!members || !first || first.done) throw removed(path);
    yield first.value;
    yield* members;
  }
  const content = Buffer.from([mark, ...sources.map((source) => source.name)].join("\0"));
  yield { name: "done", type: "file", mode: 0o600, mtime: new Date(0), size: content.length, content };
}

export const removed = (path: string): UserError =>
  new UserError(`${sanitize(path)} was removed while it was copied, so nothing was.`, {
    hint: "See what removes it, then run the same command again.",
  });

interface Walk {
  packing: Packing;
  /** The file system of the source: a copy goes into no other one. */
  device: number;
}

async function* below(walk: Walk, path: string, name: string): AsyncGenerator<PackedMember> {
  const { packing } = walk;
  const seen = lstatSync(path, { throwIfNoEntry: false });
  const leave = (why: Why) => noteLeftOut(packing.left, why, bytesOf(path));
  if (!seen) return leave("vanished");
  const common = { name, mode: seen.mode & BITS, mtime: seen.mtime };
  if (seen.isSymbolicLink()) {
    const linkname = present(() => readlinkSync(path));
    if (linkname === undefined) return leave("vanished");
    yield { ...common, type: "symlink", linkname };
    packing.files += 1;
  } else if (seen.isDirectory()) {
    if (seen.dev !== walk.device) return leave("mount");
    const children = present(() => readdirSync(path));
    if (children === undefined) return leave("vanished");
    yield { ...common, type: "directory" };
    for (const child of children) {
      const why = leftOut(packing, path, child);
      if (why) noteLeftOut(packing.left, why, bytesOf(join(path, child)));
      else yield* below(walk, join(path, child), `${name}/${child}`);
    }
  } else if (seen.isFile()) {
    const opened = present(() => openSync(path, AS_SEEN));
    if (opened === undefined) return leave("vanished");
    const content = contentOf(path, opened);
    yield { ...common, type: "file", ...content };
    packing.files += 1;
    packing.bytes += content.size;
  } else leave("special");
}

const bytesOf = (path: string): string => Buffer.from(path).toString("latin1");

/** Another name of the same: a link took its place, or a directory above it is a file now. */
const GONE = ["ENOENT", "ENOTDIR", "ELOOP"];

/** Undefined for what was there a moment ago. */
function present<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (GONE.includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/** A clone's own directory would be another clone's configuration; a name that is no text cannot be told. */
function leftOut(
  { mounts }: Pick<Packing, "mounts">,
  directory: string,
  name: string,
): "git" | "not text" | "mount" | undefined {
  if (name.includes("\uFFFD")) return "not text";
  if (isDisguisedGit(bytesOf(name))) return "git";
  return mounts.includes(join(directory, name)) ? "mount" : undefined;
}

/** No more than its header says, also when it grows meanwhile; what became shorter is no copy. */
async function* exactly(path: string, fd: number, size: number): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const block of createReadStream("", { fd, end: size - 1, highWaterMark: BLOCK })) {
    read += (block as Buffer).length;
    yield block as Buffer;
  }
  if (read === size) return;
  throw new UserError(`${sanitize(path)} became shorter while it was copied, so nothing was.`, {
    hint: "Run the same command again.",
  });
}

/** Closes what is open when it was read. */
function contentOf(path: string, fd: number) {
  const { size } = fstatSync(fd);
  if (size > SMALL) {
    return {
      size,
      content: Readable.from(exactly(path, fd, size), { objectMode: false, highWaterMark: BLOCK }),
    };
  }
  try {
    const content = readFileSync(fd);
    return { size: content.length, content };
  } finally {
    closeSync(fd);
  }
}

/** The bytes that are to come, for the time that is left. */
export const measure = (sources: readonly HostSource[], mounts: readonly string[]): number =>
  sources.reduce((sum, { path }) => sum + sizeOf(mounts, path, undefined), 0);

function sizeOf(mounts: readonly string[], path: string, device: number | undefined): number {
  const seen = lstatSync(path, { throwIfNoEntry: false });
  if (!seen?.isDirectory()) return seen?.isFile() ? seen.size : 0;
  if (device !== undefined && seen.dev !== device) return 0;
  const names = present(() => readdirSync(path)) ?? [];
  return names
    .filter((name) => leftOut({ mounts }, path, name) === undefined)
    .reduce((sum, name) => sum + sizeOf(mounts, join(path, name), seen.dev), 0);
}
