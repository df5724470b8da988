// Small files of ours that are whole or absent: written beside, complete on the disk, then put in place by rename.
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** The parsed content; undefined when the file is missing. Throws SyntaxError when it is damaged. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);

export interface Access {
  mode: number;
  uid: number;
  gid: number;
}

/**
 * Text in place at once, for nobody but the owner to read unless told otherwise: a reader, or a machine that crashed,
 * has the old content or the new, never half.
 */
export async function writeWhole(path: string, text: string, access?: Access): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.new`;
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(text);
      if (access) {
        // Only root can give a file away; anybody else keeps what is his.
        await file.chown(access.uid, access.gid).catch(() => undefined);
        await file.chmod(access.mode);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
