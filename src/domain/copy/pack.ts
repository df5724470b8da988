// Files of the host as members of an archive for the VM: what the user named, and what lies below it.
import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
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

/** The sources as 0, 1, …, and last a member that says that all of it was sent. */
export async function* packMembers(
  sources: readonly HostSource[],
  mark: string,
  packing: Packing,
): AsyncGenerator<PackedMember> {
  for (const [index, { path }] of sources.entries()) yield* below(packing, path, String(index));
  const content = Buffer.from(mark);
  yield { name: "done", type: "file", mode: 0o600, mtime: new Date(0), size: content.length, content };
}

async function* below(packing: Packing, path: string, name: string): AsyncGenerator<PackedMember> {
  const seen = await lstat(path);
  const common = { name, mode: seen.mode & BITS, mtime: seen.mtime };
  if (seen.isSymbolicLink()) {
    yield { ...common, type: "symlink", linkname: await readlink(path) };
    packing.files += 1;
  } else if (seen.isDirectory()) {
    yield { ...common, type: "directory" };
    for (const child of await readdir(path)) {
      const why = leftOut(child);
      if (why) noteLeftOut(packing.left, why, Buffer.from(join(path, child)).toString("latin1"));
      else yield* below(packing, join(path, child), `${name}/${child}`);
    }
  } else if (seen.isFile()) {
    yield { ...common, type: "file", ...(await contentOf(path, seen)) };
    packing.files += 1;
    packing.bytes += seen.size;
  } else noteLeftOut(packing.left, "special", Buffer.from(path).toString("latin1"));
}

/** A clone's own directory would be another clone's configuration; a name that is no text cannot be told. */
function leftOut(name: string): "git" | "not text" | undefined {
  if (name.includes("\uFFFD")) return "not text";
  return isDisguisedGit(Buffer.from(name).toString("latin1")) ? "git" : undefined;
}

async function contentOf(path: string, { size }: Stats) {
  if (size > SMALL) {
    // No more than its header says, also when it grows meanwhile.
    return { size, content: createReadStream(path, { end: size - 1, highWaterMark: 1024 * 1024 }) };
  }
  const content = await readFile(path);
  return { size: content.length, content };
}

/** What is to come, for the time that is left. */
export async function measure(sources: readonly HostSource[]): Promise<number> {
  const sizes = await Promise.all(sources.map(({ path }) => sizeOf(path)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function sizeOf(path: string): Promise<number> {
  const seen = await lstat(path);
  if (!seen.isDirectory()) return seen.isFile() ? seen.size : 0;
  let sum = 0;
  for (const name of await readdir(path))
    if (leftOut(name) === undefined) sum += await sizeOf(join(path, name));
  return sum;
}
