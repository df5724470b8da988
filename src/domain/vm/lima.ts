// The limactl this VM is driven with, and the account it runs as.
import { dirname } from "node:path";
import type { Lima } from "../../adapters/limactl.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { locateLimactl } from "../host/limactl.ts";

/** Undefined when no limactl that is new enough is installed. */
export async function findLima(
  ctx: Pick<Context, "run" | "uid" | "env" | "platform" | "paths" | "programDir">,
): Promise<Lima | undefined> {
  const binary = await locateLimactl(ctx);
  if (binary === undefined) return undefined;
  const { run, uid, env, platform, paths } = ctx;
  const home = uid === 0 ? dirname(paths.limaHome) : paths.home;
  return { run, uid, env, platform, binary, home, limaHome: paths.limaHome };
}

export async function requireLima(ctx: Context): Promise<Lima> {
  const lima = await findLima(ctx);
  if (lima) return lima;
  throw new UserError("This host has no limactl that is new enough.", {
    hint: "Make the host ready with: agent-vm setup",
    exit: EXIT.notReady,
  });
}
