// A transfer that failed: what is true, told from exit codes, free space and whether the VM answers.

import { statfs } from "node:fs/promises";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { ToolError, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import { fsckHint, isDamaged } from "./damage.ts";
import { FREE_SPACE } from "./guest/free-space.ts";
import { callGuest } from "./guest.ts";
import { fields } from "./parse.ts";

const MiB = 1024 * 1024;
/** Below this nothing of git's works reliably. */
const FULL = 16 * MiB;

export interface Failed {
  doing: string;
  /** A repository of the host and the commits that were to travel, to tell their size. */
  directory: string;
  range: readonly string[];
  /** The workspace whose repository it was, to tell whether that is damaged. */
  dir?: string;
}

/** The guest's free space in bytes; 0 when it has no free inode. Throws UserError (3) when the VM does not answer. */
async function guestFree(ctx: Context, target: Target): Promise<number> {
  const said = await callGuest(ctx, target, { text: FREE_SPACE });
  const [free = "", inodes = ""] = parsed(said, fields);
  if (/^0+$/.test(inodes)) return 0;
  return /^\d{1,15}$/.test(free) ? Number(free) * 1024 : Number.POSITIVE_INFINITY;
}

/** What to tell when something that writes in the guest failed. Never throws anything but the answer's own failure. */
export async function guestTrouble(
  ctx: Context,
  target: Target,
  error: unknown,
  what: Failed,
): Promise<unknown> {
  if (!(error instanceof ToolError)) return error;
  const details = lines(error);
  const free = await guestFree(ctx, target).catch((worse: unknown) => worse);
  if (free instanceof UserError) return free;
  if (typeof free === "number" && free < FULL + 2 * (await sizeOf(ctx, what))) {
    return new UserError(
      `The VM's disk is full (${Math.floor(free / MiB)} MiB free), so ${what.doing} stopped.`,
      {
        details,
        hint: "Make room in it (agent-vm connect), or delete workspaces with: agent-vm clean <branch>",
        cause: error,
      },
    );
  }
  if (what.dir !== undefined && (await isDamaged(ctx, target, what.dir)))
    return damaged(error, what.dir, `${what.doing} stopped; nothing was changed by half`);
  return new UserError(`${capital(what.doing)} did not go through; nothing was changed by half.`, {
    details,
    hint: "Try again; if it stays: agent-vm doctor",
    cause: error,
  });
}

/** The same for something that writes in the host's repository. */
export async function hostTrouble(
  ctx: Context,
  target: Target,
  error: unknown,
  what: Failed,
): Promise<unknown> {
  if (!(error instanceof ToolError)) return error;
  const details = lines(error);
  const space = await statfs(what.directory).catch(() => undefined);
  const free = space === undefined ? Number.POSITIVE_INFINITY : space.bavail * space.bsize;
  if (free < FULL || (space !== undefined && space.files > 0 && space.ffree === 0)) {
    return new UserError(`The disk of this host is full, so ${what.doing} stopped.`, {
      details,
      hint: "Make room and run the same command again.",
      cause: error,
    });
  }
  const answer = await guestFree(ctx, target).catch((worse: unknown) => worse);
  if (answer instanceof UserError) return answer;
  if (what.dir !== undefined && (await isDamaged(ctx, target, what.dir)))
    return damaged(error, what.dir, `${what.doing} stopped; no branch was moved`);
  return new UserError(`${capital(what.doing)} did not go through; no branch was moved.`, {
    details:
      error.failure.reason === "timed out" ? [...details, "The VM sent nothing for minutes."] : details,
    hint: "Try again; if it stays: agent-vm doctor",
    cause: error,
  });
}

const damaged = (cause: ToolError, dir: string, then: string): UserError =>
  new UserError(`The repository of the workspace ${dir} is damaged, so ${then}.`, {
    details: lines(cause),
    hint: fsckHint(dir),
    cause,
  });

async function sizeOf(ctx: Context, { directory, range }: Failed): Promise<number> {
  if (range.length === 0) return 0;
  const { stdout } = await git(ctx, directory, ["rev-list", "--disk-usage", "--objects", ...range, "--"], {
    ok: "any",
  });
  return /^\d+\n$/.test(stdout) ? Number(stdout) : 0;
}

const lines = (error: ToolError) => error.failure.stderrTail.split("\n").filter(Boolean);
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
