// The guest's host key: taken exactly once, in the connection that makes it lasting, and pinned from then on.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { closeMasters, unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sshArgv, type Target } from "../../target.ts";
import { RUN_AS_ROOT } from "./guest-scripts.ts";
import type { Step } from "./steps.ts";

/**
 * First contact with a VM that this host has just made: accepts its key and runs the step that keeps it. Until that
 * has succeeded the key may still change with a reboot, so an earlier, unfinished pin is dropped.
 */
export async function pinHostKey(ctx: Context, target: Target, keep: Step): Promise<void> {
  await closeMasters(ctx.run, target);
  await rm(ctx.paths.knownHosts, { force: true });
  const [ssh = "ssh", ...rest] = sshArgv(target, ["sh", "-s", "--", keep.script], { admin: true });
  const accepting = [ssh, "-o", "StrictHostKeyChecking=accept-new", "-o", "HashKnownHosts=no", ...rest];
  try {
    await ctx.run(accepting, { input: RUN_AS_ROOT, timeout: 120_000, signal: ctx.signal });
  } catch (error) {
    throw error instanceof ToolError ? unreachable(error) : error;
  }
}

/** True when the VM shows the key that is pinned: it may have got another one (see VmRecord.renamed), but has not. */
export async function answersPinned(ctx: Context, target: Target): Promise<boolean> {
  try {
    const argv = sshArgv(target, ["true"], { admin: true, ownConnection: true });
    await ctx.run(argv, { timeout: 120_000, signal: ctx.signal });
    return true;
  } catch (error) {
    if (error instanceof ToolError) return false;
    throw error;
  }
}

/** The pinned key as base64. Throws UserError (3) when there is none. */
export async function pinnedKey(ctx: Context): Promise<string> {
  const text = await readFile(ctx.paths.knownHosts, "utf8").catch(() => "");
  const line = text.split("\n").find((entry) => entry.includes(" ssh-ed25519 "));
  const key = line?.split(" ")[2];
  if (key !== undefined) return key;
  throw new UserError("The VM's host key is not pinned on this host any more.", {
    details: [`missing: ${ctx.paths.knownHosts}`],
    hint: `Restore ${join(ctx.paths.state, "known_hosts")} from a backup; without it the VM cannot be told from an impostor.`,
    exit: EXIT.notReady,
  });
}
