// A look at the workspace that begins while git is still asked which one it is: the question is a guess from files, and
// its answer counts only when git then says that it was the right one.
import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runScript } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { ToolError, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import { during } from "../../io/output.ts";
import type { Target } from "../../target.ts";
import { answersTo, type Ensured, type EnsureQuestion, ensureArgs, parseEnsured } from "../sync/ensure.ts";
import { ENSURE } from "../sync/guest/ensure.ts";
import { syncedRef } from "../sync/names-of-refs.ts";
import { OID } from "../sync/parse.ts";
import { rememberedId } from "./identity.ts";
import type { BranchName } from "./names.ts";
import { findWorkspace, isWorkedOn } from "./registry.ts";
import { givenDirectory } from "./repository.ts";

export interface EarlyLook {
  /** What ensureWorkspace would hear; undefined when the guess was wrong or nothing was heard. */
  answerTo(question: EnsureQuestion): Ensured | undefined;
}

/**
 * Begins the look, over a shared connection that lives: its answer says at once that it does. Changes nothing in the VM,
 * and no word of the answer is believed more than one of ensureWorkspace: it is the same script, parser and use.
 */
export async function lookEarly(ctx: Context, branch: BranchName): Promise<EarlyLook> {
  // A file that cannot be read is named by who needs it.
  const guess = await guessQuestion(ctx, branch).catch(() => undefined);
  let heard: Ensured | undefined;
  ctx.lookForTarget?.(
    guess &&
      (async (target) => {
        heard = await ask(ctx, target, guess);
        return heard !== undefined;
      }),
  );
  return {
    answerTo: (question) => (guess && heard && answersTo(guess, heard, question) ? heard : undefined),
  };
}

/** Nothing for a branch that has no workspace, and while another command works on it: that one is waited for first. */
async function guessQuestion(ctx: Context, branch: BranchName): Promise<EnsureQuestion | undefined> {
  const gitDirectory = await gitDirectoryAround(givenDirectory(ctx));
  const repoId = gitDirectory && (await rememberedId(ctx, gitDirectory));
  const workspace = repoId && (await findWorkspace(ctx, repoId, branch));
  if (!workspace || (await isWorkedOn(ctx, workspace.dir))) return undefined;
  const [tip, synced] = await Promise.all(
    [`refs/heads/${branch}`, syncedRef(workspace)].map((ref) => looseRef(gitDirectory, ref)),
  );
  return { ...workspace, tip, synced };
}

/** That of an ordinary clone; others, linked worktrees too, are left to git. */
async function gitDirectoryAround(directory: string): Promise<string | undefined> {
  for (let at = directory; ; at = dirname(at)) {
    const path = join(at, ".git");
    const found = await stat(path).catch(() => undefined);
    if (found) return found.isDirectory() ? realpath(path) : undefined;
    if (at === dirname(at)) return undefined;
  }
}

/** Undefined for one that is packed, too: where host and workspace are equal it is not needed. */
async function looseRef(gitDirectory: string, ref: string): Promise<string | undefined> {
  const text = await readFile(join(gitDirectory, ref), "utf8").catch(() => "");
  return OID.test(text.trim()) ? text.trim() : undefined;
}

/** Milliseconds; a VM that needs more for its answer is asked in the usual way. */
const PATIENCE = 8000;

async function ask(ctx: Context, target: Target, guess: EnsureQuestion): Promise<Ensured | undefined> {
  const script = { text: ENSURE, args: [...ensureArgs(guess), "look"] };
  const options = {
    sharedConnection: true,
    timeout: PATIENCE,
    encoding: "latin1",
    signal: ctx.signal,
  } as const;
  try {
    const asking = runScript(ctx.run, target, script, options);
    const { stdout } = await during(ctx.out, "wait for the VM's answer", asking);
    return parsed(stdout, parseEnsured);
  } catch (error) {
    // Whatever it is: the usual way finds it out, and says it.
    if (error instanceof UserError || error instanceof ToolError) return undefined;
    throw error;
  }
}
