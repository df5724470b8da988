// The patterns of the host's sparse checkout, for a workspace that has the same files checked out and no more.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import type { Target } from "../../target.ts";
import { callGuest } from "../sync/guest.ts";
import type { Pairing } from "../sync/pairing.ts";
import type { Repository } from "../workspace/repository.ts";
import { SPARSE } from "./guest/sparse.ts";

export interface Patterns {
  /** The file as git has it. */
  text: Buffer;
  /** Directories alone, which git matches faster. */
  cone: boolean;
}

/** Of the worktree that the user stands in. Throws UserError (2) when nothing is sparse there. */
export async function sparsePatterns(ctx: Context, repo: Repository): Promise<Patterns> {
  const ask = (args: string[]) => query(ctx, repo.directory, args);
  const isOn = async (key: string) => (await ask(["config", "--type=bool", "--get", key])) === "true";
  const path = await ask(["rev-parse", "--git-path", "info/sparse-checkout"]);
  const text = (await isOn("core.sparseCheckout"))
    ? await readFile(resolve(repo.directory, path)).catch(() => undefined)
    : undefined;
  if (text === undefined || text.length === 0) {
    throw new UserError("This checkout is not sparse, so it has no patterns that could go along.", {
      hint: "Choose directories first: git sparse-checkout set <directory>    or leave out --sparse.",
      exit: EXIT.usage,
    });
  }
  return { text, cone: await isOn("core.sparseCheckoutCone") };
}

/** Gives a workspace that exists the patterns; throws UserError (4), with all as it was, when its edits are in the way. */
export async function makeSparse(ctx: Context, target: Target, { repo, workspace }: Pairing): Promise<void> {
  const { text, cone } = await sparsePatterns(ctx, repo);
  try {
    await callGuest(ctx, target, { text: SPARSE, args: [workspace.dir, String(cone)], data: text });
  } catch (cause) {
    if (!(cause instanceof ToolError)) throw cause;
    throw new UserError(
      `The workspace ${workspace.dir} could not take the sparse patterns; its files are as they were.`,
      {
        details: cause.failure.stderrTail.split("\n").filter(Boolean),
        hint: "Have its edits committed first, then run the same command again.",
        exit: EXIT.refused,
        cause,
      },
    );
  }
}
