// The user's own ~/.ssh/config: read, and replaced as a whole, with its mode, owner and links kept.
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import {
  access,
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { EXIT, UserError } from "../../errors.ts";
import type { Paths } from "../paths.ts";

export const userConfig = (paths: Paths): string => join(paths.home, ".ssh", "config");

/** Where ssh looks, when that is another place: it asks for the account's home, not for HOME. */
export function readElsewhere(paths: Paths): string | undefined {
  try {
    const { homedir } = userInfo();
    return homedir === paths.home ? undefined : join(homedir, ".ssh", "config");
  } catch {
    return undefined;
  }
}

/** One character per byte, whatever its encoding; undefined when there is no such file. */
export async function readUserConfig(paths: Paths): Promise<string | undefined> {
  try {
    return await readFile(userConfig(paths), "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Puts the text in the file's place at once; undefined removes the file. A link stays one: what it leads to is replaced.
 * Throws UserError (1) when the file is read-only or has changed since `before` was read; nothing is changed then.
 */
export async function replaceUserConfig(
  paths: Paths,
  before: string | undefined,
  after: string | undefined,
  line: string,
): Promise<void> {
  const file = await writablePlace(paths, line);
  const text = after === undefined ? undefined : Buffer.from(after, "latin1");
  const draft = `${file}.${randomBytes(4).toString("hex")}.agent-vm`;
  try {
    if (text !== undefined) await writeLike(file, draft, text);
    if ((await readUserConfig(paths)) !== before) {
      throw new UserError(`${userConfig(paths)} was changed meanwhile by somebody else.`, {
        hint: "Nothing was changed; run the same command again.",
      });
    }
    if (text === undefined) await rm(file);
    else await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

async function writablePlace(paths: Paths, line: string): Promise<string> {
  const file = userConfig(paths);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const exists = (await lstat(file).catch(() => undefined)) !== undefined;
  try {
    const real = exists ? await realpath(file) : file;
    if (exists) await access(real, constants.W_OK);
    await access(dirname(real), constants.W_OK);
    return real;
  } catch (cause) {
    throw new UserError(`${file} cannot be changed: it is read-only, or a link that leads nowhere.`, {
      details: [line],
      hint: "Its first line is to be the one above; whatever makes the file can put it there. Or use: agent-vm ssh <branch>",
      exit: EXIT.failed,
      cause,
    });
  }
}

async function writeLike(file: string, draft: string, text: Uint8Array): Promise<void> {
  const old = await stat(file).catch(() => undefined);
  const made = await open(draft, "wx", 0o600);
  try {
    await made.writeFile(text);
    await made.sync();
  } finally {
    await made.close();
  }
  if (old === undefined) return;
  const mine = await stat(draft);
  if (mine.uid !== old.uid || mine.gid !== old.gid) await chown(draft, old.uid, old.gid);
  await chmod(draft, old.mode & 0o7777);
}
