// What comes from the VM, written into a new directory of ours beside its destination: nothing in it was there before.
import {
  chmodSync,
  closeSync,
  futimesSync,
  lutimesSync,
  mkdirSync,
  openSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { lstat, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import type { TarMember } from "../../io/tar.ts";
import { makeNotedDirectory } from "./left-behind.ts";

/** `path` is where it lies, as bytes. */
export interface Stage {
  directory: string;
  /** The file system takes "a" and "A" for one name. */
  folds: boolean;
  makeDirectory(path: Buffer, member: TarMember): void;
  writeFile(path: Buffer, member: TarMember): Promise<void>;
  keepLink(path: Buffer, member: TarMember): void;
  /** Links, and the modes and times of directories: when no more files come. */
  finish(): void;
  remove(): Promise<void>;
}

/** Setuid and its like are never taken over; what others may do is the user's umask to say, as for any new file. */
const FILE_BITS = 0o777;
const OWN_DIRECTORY = 0o700;
const LATEST = 2 ** 33;

/** Makes the directory in `base`, which must be one. */
export async function makeStage(host: Pick<Context, "paths" | "uid">, base: string): Promise<Stage> {
  const { directory, remove } = await makeNotedDirectory(host, base);
  const directories: { path: Buffer; mode: number; mtime: number }[] = [];
  const links: { path: Buffer; target: Buffer; mtime: number }[] = [];
  return {
    directory,
    folds: await foldsNames(directory),
    makeDirectory: (path, member) => {
      // With the mode it is to have, so that the umask applies; until all is there it is ours alone.
      mkdirSync(path, (member.mode & FILE_BITS) | OWN_DIRECTORY);
      const mode = statSync(path).mode & FILE_BITS;
      chmodSync(path, OWN_DIRECTORY);
      directories.push({ path, mode, mtime: timeOf(member) });
    },
    writeFile: async (path, member) => {
      const file = openSync(path, "wx", member.mode & FILE_BITS);
      try {
        for await (const chunk of member.content) writeAll(file, chunk);
        futimesSync(file, timeOf(member), timeOf(member));
      } finally {
        closeSync(file);
      }
    },
    // Last, so that nothing can be written through one.
    keepLink: (path, member) => {
      links.push({ path, target: Buffer.from(member.target, "latin1"), mtime: timeOf(member) });
    },
    finish: () => {
      for (const { path, target, mtime } of links) {
        symlinkSync(target, path);
        lutimesSync(path, mtime, mtime);
      }
      for (const { path, mode, mtime } of directories.reverse()) {
        chmodSync(path, mode);
        utimesSync(path, mtime, mtime);
      }
    },
    remove,
  };
}

function writeAll(file: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
}

/** Seconds; a time that no file system has becomes the nearest. */
function timeOf({ mtime }: TarMember): number {
  const seconds = mtime.getTime() / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), LATEST) : 0;
}

async function foldsNames(directory: string): Promise<boolean> {
  const probe = join(directory, "probe");
  await writeFile(probe, "", { flag: "wx" });
  const other = await lstat(join(directory, "PROBE")).catch(() => undefined);
  await rm(probe);
  return other !== undefined;
}
