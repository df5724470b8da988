// `agent-vm cp`: files between the host and a workspace, over ssh alone; a mount is not needed.
import type { Readable } from "node:stream";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import type { Target } from "../../target.ts";
import { workspaceOf } from "../session/workspace.ts";
import { bringFiles, bringToStream } from "./bring.ts";
import { removed } from "./pack.ts";
import { type Copy, planCopy } from "./place.ts";
import { putFiles, putStream } from "./put.ts";

/** What `-` stands for. */
export interface Streams {
  input: Readable;
  /** Resolves when it was taken. */
  write: (chunk: Uint8Array) => Promise<void>;
  /** Standard output is a terminal, which the VM's bytes could steer. */
  toTerminal: boolean;
}

/** The last word is the destination. Throws UserError; a stopped VM is started. */
export async function copy(
  ctx: Context,
  words: readonly string[],
  { force, streams }: { force: boolean; streams: Streams },
): Promise<void> {
  const plan = planCopy(words);
  if (plan.way === "bring" && plan.to === undefined && streams.toTerminal) {
    throw new UserError("Files of the VM are not written to a terminal, which they could steer.", {
      hint: "To read one: agent-vm cp <branch>:path - | less",
      exit: EXIT.usage,
    });
  }
  const { dir } = await workspaceOf(ctx, plan.branch);
  const target = await ctx.target({ existing: true });
  await carry(ctx, target, plan, { dir, force, streams }).catch((error: unknown) => {
    throw isRemoved(error) ? removed(error.path) : error;
  });
}

/** What was there when it was looked at, and is not any more: nobody's bug. */
const isRemoved = (error: unknown): error is NodeJS.ErrnoException & { path: string } => {
  if (!(error instanceof Error)) return false;
  const { code, syscall = "spawn", path } = error as NodeJS.ErrnoException;
  return code === "ENOENT" && path !== undefined && !syscall.startsWith("spawn");
};

async function carry(
  ctx: Context,
  target: Target,
  plan: Copy,
  { dir, force, streams }: { dir: string; force: boolean; streams: Streams },
): Promise<void> {
  const { branch } = plan;
  if (plan.way === "put") {
    const putting = { dir, branch, to: plan.path, force };
    if (plan.from) await putFiles(ctx, target, putting, plan.from);
    else await putStream(ctx, target, putting, streams.input);
  } else {
    const asked = { dir, branch, paths: plan.paths };
    if (plan.to === undefined) await bringToStream(ctx, target, asked, streams.write);
    else await bringFiles(ctx, target, asked, { to: plan.to, force });
  }
}
