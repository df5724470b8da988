// limactl for VMs inside the VM: the host's own binary where it fits, else the pinned module to build it from.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { GuestFile } from "../../adapters/sftp.ts";
import type { Context } from "../../context.ts";
import { locateLimactl, moduleDirectory } from "../host/limactl.ts";

const MODULE = ["go.mod", "go.sum", "tools.go"] as const;

/** The guest has the host's architecture always and its system where the host is Linux. */
export async function guestLimactl(ctx: Context): Promise<GuestFile[]> {
  const file = ctx.platform === "linux" ? await locateLimactl(ctx) : undefined;
  if (file === undefined) return Promise.all(MODULE.map((name) => moduleFile(ctx, name)));
  // Read whole at each start it would cost more than all the rest; the path of a built one tells what it is.
  const { size, mtimeMs } = await stat(file);
  const built = file.startsWith(`${ctx.paths.cache}/`);
  return [
    { path: "limactl", file, id: built ? file.slice(ctx.paths.cache.length) : `${file} ${size} ${mtimeMs}` },
  ];
}

const moduleFile = async (ctx: Context, name: string): Promise<GuestFile> => ({
  path: `limactl-module/${name}`,
  content: await readFile(join(moduleDirectory(ctx), name)),
});
