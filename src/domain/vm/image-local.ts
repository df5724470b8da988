// An image file of the user's own.

import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { access, copyFile, open } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { accountArgv } from "../../adapters/account.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { searchPath } from "../../io/which.ts";
import { addToCache, findCached } from "./image-cache.ts";
import { limaArch, type ObtainedImage } from "./lima-image.ts";

/** The file itself when the account that runs QEMU can read it, else a copy in the cache. */
export async function localImage(ctx: Context, choice: string): Promise<ObtainedImage> {
  const path = resolve(ctx.cwd, choice);
  await refuseUnreadable(path);
  await refuseOtherFormat(path);
  const location = (await accountReads(ctx, path)) ? path : await copied(ctx, path);
  return { images: [{ location, arch: limaArch(ctx.arch) }], description: path };
}

async function refuseUnreadable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch {
    throw new UserError(`The image ${path} does not exist or cannot be read.`, {
      hint: "Name a Debian 13 qcow2 file or a https URL with --image, or leave it out for Debian's own image.",
      exit: EXIT.usage,
    });
  }
}

const QCOW2 = Buffer.from("QFI\u00fb", "latin1");

async function refuseOtherFormat(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead === 4 && buffer.equals(QCOW2)) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EISDIR") throw error;
  } finally {
    await file.close();
  }
  throw new UserError(`The image ${path} is not a qcow2 file.`, {
    hint: `Convert it: qemu-img convert -O qcow2 IMAGE IMAGE.qcow2`,
    exit: EXIT.usage,
  });
}

async function accountReads(ctx: Context, path: string): Promise<boolean> {
  if (ctx.uid !== 0) return true;
  const argv = accountArgv(ctx.uid, ["test", "-r", path], { PATH: searchPath(ctx.env) });
  return (await ctx.run(argv, { ok: "any" })).code === 0;
}

async function copied(ctx: Context, path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  const name = `local-${hash.digest("hex").slice(0, 16)}`;
  const fill = async (draft: string) => {
    await copyFile(path, `${draft}/disk.qcow2`, constants.COPYFILE_FICLONE);
    return ["disk.qcow2"];
  };
  return `${(await findCached(ctx, name)) ?? (await addToCache(ctx, name, fill))}/disk.qcow2`;
}
