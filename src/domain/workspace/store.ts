// A small JSON file of ours: read whole, replaced whole by a rename.
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { EXIT, UserError } from "../../errors.ts";

/** The file's content; undefined when there is none. A file that is not JSON is never overwritten in silence. */
export async function readStore(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

export function unreadable(path: string, cause?: unknown): UserError {
  return new UserError(`The file ${path} is not what agent-vm wrote.`, {
    hint: "Move it away to start a new one; directories in the VM are then shown as unknown, and kept.",
    exit: EXIT.failed,
    cause,
  });
}

/** Complete on the disk before it gets its name: a crash leaves the old content or the new. */
export async function writeStore(path: string, content: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${Math.random().toString(36).slice(2)}.new`;
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
