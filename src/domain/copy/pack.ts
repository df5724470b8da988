// Files of the host as members of an archive for the VM: what the user named, and what lies below it.
// Its calls are synchronous: for thousands of small files a promise each costs more than the reading.
import { createReadStream, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { PackedMember } from "../../io/tar.ts";
import { isDisguisedGit } from "../customs/odd-names.ts";
import { type LeftOut, noteLeftOut } from "./words.ts";

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
}

const BITS = 0o777;
/** Larger ones are read while they are sent. */
const SMALL = 256 * 1024;
const BLOCK = 1024 * 1024;

/** The sources as 0, 1, …, and last a member with their names, which says that all of it was sent. */
export async function* packMembers(
  sources: readonly HostSource[],
  mark: string,
  packing: Packing,
): AsyncGenerator<PackedMember> {
  for (const [index, { path }] of sources.entries()) yield* below(packing, path, String(index));
  const content = Buffer.from([mark, ...sources.map((source) => source.name)].join("\0"));
  yield { name: "done", type: "file", mode: 0o600, mtime: new Date(0), size: content.length, content };
}

async function* below(packing: Packing, path: string, name: string): AsyncGenerator<PackedMember> {
  const seen = lstatSync(path, { throwIfNoEntry: false });
  if (!seen) return noteLeftOut(packing.left, "vanished", Buffer.from(path).toString("latin1"));
  const common = { name, mode: seen.mode & BITS, mtime: seen.mtime };
  if (seen.isSymbolicLink()) {
    yield { ...common, type: "symlink", linkname: readlinkSync(path) };
    packing.files += 1;
  } else if (seen.isDirectory()) {
    yield { ...common, type: "directory" };
    for (const child of readdirSync(path)) {
      const why = leftOut(child);
      if (why) noteLeftOut(packing.left, why, Buffer.from(join(path, child)).toString("latin1"));
      else yield* below(packing, join(path, child), `${name}/${child}`);
    }
  } else if (seen.isFile()) {
    yield { ...common, type: "file", ...contentOf(path, seen) };
    packing.files += 1;
    packing.bytes += seen.size;
  } else noteLeftOut(packing.left, "special", Buffer.from(path).toString("latin1"));
}

/** A clone's own directory would be another clone's configuration; a name that is no text cannot be told. */
function leftOut(name: string): "git" | "not text" | undefined {
  if (name.includes("\uFFFD")) return "not text";
  return isDisguisedGit(Buffer.from(name).toString("latin1")) ? "git" : undefined;
}

/** No more than its header says, also when it grows meanwhile; what became shorter is no copy. */
async function* exactly(path: string, size: number): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const block of createReadStream(path, { end: size - 1, highWaterMark: BLOCK })) {
    read += (block as Buffer).length;
    yield block as Buffer;
  }
  if (read === size) return;
  throw new UserError(`${sanitize(path)} became shorter while it was copied, so nothing was.`, {
    hint: "Run the same command again.",
  });
}

function contentOf(path: string, { size }: Stats) {
  if (size > SMALL) {
    return { size, content: Readable.from(exactly(path, size), { objectMode: false, highWaterMark: BLOCK }) };
  }
  const content = readFileSync(path);
  return { size: content.length, content };
}

/** The bytes that are to come, for the time that is left. */
export const measure = (sources: readonly HostSource[]): number =>
  sources.reduce((sum, { path }) => sum + sizeOf(path), 0);

function sizeOf(path: string): number {
  const seen = lstatSync(path, { throwIfNoEntry: false });
  if (!seen?.isDirectory()) return seen?.isFile() ? seen.size : 0;
  const names = readdirSync(path).filter((name) => leftOut(name) === undefined);
  return names.reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
