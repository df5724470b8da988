// The base: the disk of a VM right after its software was installed, so that the next VM need not install it again.
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { Context } from "../../context.ts";
import { Interrupted } from "../../errors.ts";
import { sshArgv, type Target } from "../../target.ts";
import { HOLD_STILL } from "./guest-scripts.ts";
import { addToCache, imagesDirectory } from "./image-cache.ts";
import type { LimaImage } from "./lima-image.ts";
import { baseHash, type Step } from "./steps.ts";

export const BASE_DISK = "disk";
const PREFIX = "base-";
/** Bases that are kept: another set of steps, or another image, is another one. */
const KEPT = 2;

/** Tells one image from another, 16 hex digits; for the VM's record. */
export async function imageId(images: readonly LimaImage[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(images));
  for (const { location } of images) {
    // A file of the user's own may change under its name.
    const found = location.startsWith("/") ? await stat(location).catch(() => undefined) : undefined;
    if (found) hash.update(`\n${found.size} ${found.mtimeMs}`);
  }
  return hash.digest("hex").slice(0, 16);
}

/** The cache entry's name: what is installed, on which image. */
export const baseName = (steps: readonly Step[], image: string): string =>
  PREFIX +
  createHash("sha256")
    .update(`${baseHash(steps)} ${image}`)
    .digest("hex")
    .slice(0, 16);

/**
 * Copies the disk of a running VM that has its software and nothing else yet: no workspace, no home, no secret. The
 * guest's file system is held still meanwhile. Without a base the VM is as good, so a failure is only told.
 */
export async function keepBase(ctx: Context, target: Target, name: string): Promise<void> {
  const step = ctx.out.step("keep the installed software for the next VM");
  try {
    await addToCache(ctx, name, async (draft) => {
      await copyStill(ctx, target, join(draft, BASE_DISK));
      return { files: [BASE_DISK], digest: false };
    });
    await removeOld(ctx, name);
    step.done();
  } catch (error) {
    step.failed();
    if (error instanceof Interrupted) throw error;
    ctx.out.warn(`No base was kept: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function copyStill(ctx: Context, target: Target, to: string): Promise<void> {
  const release = new PassThrough();
  let copied: Promise<void> | undefined;
  const onLine = (line: string) => {
    if (line !== "still" || copied) return;
    const from = join(ctx.paths.limaHome, ctx.paths.vm, "disk");
    copied = copyFile(from, to, constants.COPYFILE_FICLONE).finally(() => release.end());
    copied.catch(() => {});
  };
  const argv = sshArgv(target, ["sudo", "-n", "bash", "-c", HOLD_STILL], {
    admin: true,
    ownConnection: true,
  });
  try {
    await ctx.run(argv, { input: release, onLine, signal: ctx.signal });
  } finally {
    release.end();
  }
  if (!copied) throw new Error("the guest could not hold its disk still");
  await copied;
}

async function removeOld(ctx: Context, newest: string): Promise<void> {
  const parent = imagesDirectory(ctx);
  const names = (await readdir(parent)).filter((name) => name.startsWith(PREFIX) && name !== newest);
  const aged = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(parent, name))).mtimeMs })),
  );
  const old = aged.sort((one, other) => other.at - one.at).slice(KEPT - 1);
  // A VM made from one has its own name for the file, so nothing of a VM goes here.
  for (const { name } of old) await rm(join(parent, name), { recursive: true, force: true });
}
