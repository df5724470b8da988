// Puts the base under a new instance's disk. The instance holds the base by a name of its own, so the cache may go.
import { constants } from "node:fs";
import { chmod, copyFile, link, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { accountArgv } from "../../adapters/account.ts";
import type { Context } from "../../context.ts";
import { searchPath } from "../../io/which.ts";
import { BASE_DISK } from "./base.ts";
import { findCached } from "./image-cache.ts";

const GIB = 1024 ** 3;
const infoSchema = z.object({ "virtual-size": z.number() });

/** Before the first boot. `disk`: GiB. False when there is no base, or it is larger than the disk that was asked for. */
export async function startFromBase(ctx: Context, name: string, disk: number): Promise<boolean> {
  const entry = await findCached(ctx, name);
  if (entry === undefined) return false;
  const base = join(entry, BASE_DISK);
  const own = join(ctx.paths.limaHome, ctx.paths.vm, "disk");
  if (ctx.platform === "darwin") {
    // vz knows raw disks alone; on its file system a copy shares the blocks.
    await copyFile(base, own, constants.COPYFILE_FICLONE);
    await chmod(own, 0o600);
    await truncate(own, disk * GIB);
    return true;
  }
  const { stdout } = await ctx.run(["qemu-img", "info", "--output=json", "--", base]);
  if (infoSchema.parse(JSON.parse(stdout))["virtual-size"] > disk * GIB) return false;
  await linkOrCopy(base, join(ctx.paths.limaHome, ctx.paths.vm, BACKING));
  await rm(own);
  // A relative name: an instance that is renamed takes it along.
  const create = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", BACKING, own, `${disk}G`];
  await ctx.run(accountArgv(ctx.uid, create, { PATH: searchPath(ctx.env) }), { cwd: "/" });
  return true;
}

const BACKING = "base.qcow2";

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    // Another file system, or one without links.
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await chmod(to, 0o644);
  }
}
