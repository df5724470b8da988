// Files for the agent's home, read from a directory of the host.
import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { EXIT, UserError } from "../../errors.ts";
import type { ArchiveFile } from "../../io/tar.ts";

/** `path` is relative to the agent's home. */
export type HomeFile = ArchiveFile;

const MiB = 1024 * 1024;
export const MAX_FILE = 4 * MiB;
export const MAX_ALL = 16 * MiB;
const MAX_FILES = 2000;

/** Called with the path below the directory and the file's real path before it is read; throws to refuse it. */
export type Look = (path: string, real: string) => void;

/**
 * All files below a directory, sorted, ".git" left out. A link to a file within the directory is read; any other one,
 * and what is neither file nor directory, is refused (UserError, 2).
 */
export async function readTree(root: string, look: Look = () => undefined): Promise<HomeFile[]> {
  const top = await realpath(root);
  const found: HomeFile[] = [];
  const walk = async (directory: string): Promise<void> => {
    for (const name of (await readdir(directory)).sort()) {
      const at = join(directory, name);
      if (name === ".git") continue;
      if ((await lstat(at)).isDirectory()) await walk(at);
      else found.push(await readOne(top, at, look));
      if (found.length > MAX_FILES) throw refused(`${root} has more than ${MAX_FILES} files.`);
    }
  };
  await walk(top);
  return found;
}

async function readOne(top: string, at: string, look: Look): Promise<HomeFile> {
  const path = relative(top, at);
  const real = await realpath(at).catch(() => undefined);
  if (real === undefined) throw refused(`${at} is a link to nothing.`);
  if (!real.startsWith(`${top}/`)) throw refused(`${at} is a link to a place outside ${top}: ${real}`);
  look(path, real);
  return readPlain(real, path);
}

/** One file of the host under another path. Throws UserError (2) when it is no plain file, or too large. */
export async function readPlain(real: string, path: string): Promise<HomeFile> {
  const facts = await lstat(real);
  if (!facts.isFile()) throw refused(`${real} is neither a file nor a directory.`);
  if (facts.size > MAX_FILE) throw refused(`${real} is larger than ${MAX_FILE / MiB} MiB.`);
  return { path, mode: facts.mode & 0o100 ? 0o755 : 0o644, content: await readFile(real) };
}

export const refused = (message: string): UserError =>
  new UserError(message, {
    hint: 'What goes into the agent\'s home stands below "home" in the configuration file.',
    exit: EXIT.usage,
  });
