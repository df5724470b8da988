// An image file of the user's own.
import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { access, copyFile, open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { accountArgv } from "../../adapters/account.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { searchPath } from "../../io/which.ts";
import { addToCache, findCached } from "./image-cache.ts";
import { limaArch, type ObtainedImage } from "./lima-image.ts";
import { DEFAULT_RESOURCES } from "./resources.ts";

/** The file itself when the account that runs QEMU can read it, else a copy in the cache. */
export async function localImage(ctx: Context, choice: string): Promise<ObtainedImage> {
  const path = resolve(ctx.cwd, choice);
  await refuseUnreadable(path);
  const size = await refuseOtherFormat(path);
  refuseTooLarge(path, size, ctx.settings.disk ?? DEFAULT_RESOURCES.disk);
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
/** Bytes of the header that are looked at: up to the incompatible features. */
const HEADER = 80;
/** Bit 2 of the incompatible features: the data lies in another file. */
const EXTERNAL_DATA = 4;

/** Returns the size of the disk in the image, bytes. */
async function refuseOtherFormat(path: string): Promise<bigint> {
  const header = await readHeader(path);
  if (header === undefined) {
    throw new UserError(`The image ${path} is not a qcow2 file.`, {
      hint: "Convert it: qemu-img convert -O qcow2 IMAGE IMAGE.qcow2",
      exit: EXIT.usage,
    });
  }
  const backing = header.readBigUInt64BE(8) !== 0n;
  const external = header.readUInt32BE(4) > 2 && (header.readUInt8(79) & EXTERNAL_DATA) !== 0;
  if (!backing && !external) return header.readBigUInt64BE(24);
  throw new UserError(`The image ${path} is not whole: a part of it lies in another file.`, {
    hint: "Make one file of it: qemu-img convert -O qcow2 IMAGE WHOLE.qcow2",
    exit: EXIT.usage,
  });
}

const GIB = 1024n ** 3n;

/** Lima grows a disk and never shrinks one. */
function refuseTooLarge(path: string, size: bigint, disk: number): void {
  const needed = (size + GIB - 1n) / GIB;
  if (needed <= BigInt(disk)) return;
  throw new UserError(`The image ${path} holds a disk of ${needed} GB, and the VM was to get ${disk} GB.`, {
    hint: `Give the VM a disk that is large enough: --disk ${needed}`,
    exit: EXIT.usage,
  });
}

/** Undefined when it is no qcow2 file. Only a plain file is opened: opening a pipe could wait for ever. */
async function readHeader(path: string): Promise<Buffer | undefined> {
  if (!(await stat(path)).isFile()) return undefined;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER), 0, HEADER, 0);
    return bytesRead >= 72 && buffer.subarray(0, 4).equals(QCOW2) ? buffer : undefined;
  } finally {
    await file.close();
  }
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
    return { files: ["disk.qcow2"], digest: true };
  };
  return `${(await findCached(ctx, name)) ?? (await addToCache(ctx, name, fill))}/disk.qcow2`;
}
