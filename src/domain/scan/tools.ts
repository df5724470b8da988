// What a scan works with: the scanner that was chosen, with a limit of time for each text; and what its failure says.
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { withScratch } from "../sync/pack.ts";
import { type Engine, ownRules, type Scanner, withGitleaks } from "./engine.ts";

export interface Tools {
  engine: Engine;
  /** Called often: throws when the user has interrupted, or one text takes too long. */
  check: () => void;
}

/** Milliseconds. A repository may be as large as it is; one text may not take for ever. */
const PATIENCE = 10 * 60_000;

/**
 * Does the work with the scanner. Whatever keeps it from its end is a UserError (1): nobody may take "not looked" for
 * "nothing found".
 */
export async function withTools<T>(
  ctx: Context,
  scanner: Scanner,
  work: (tools: Tools) => Promise<T>,
): Promise<T> {
  try {
    return await withEngine(ctx, scanner, work);
  } catch (error) {
    throw error instanceof Interrupted ? error : scanFailed(scanner, error);
  }
}

async function withEngine<T>(
  ctx: Context,
  { program }: Scanner,
  work: (tools: Tools) => Promise<T>,
): Promise<T> {
  let until = Date.now() + PATIENCE;
  const check = () => {
    if (ctx.signal.aborted) throw new Interrupted();
    if (Date.now() > until) throw new UserError(`One text took longer than ${PATIENCE / 60_000} minutes.`);
  };
  const timed = (engine: Engine): Engine => ({
    ...engine,
    take: (change, bytes) => {
      until = Date.now() + PATIENCE;
      return engine.take(change, bytes);
    },
  });
  const own = ownRules(check);
  if (program === undefined) return work({ engine: timed(own), check });
  return withScratch(ctx, async (scratch) => {
    const engine = withGitleaks(ctx, program, scratch, own);
    try {
      return await work({ engine: timed(engine), check });
    } finally {
      await engine.close();
    }
  });
}

function scanFailed({ program }: Scanner, error: unknown): UserError {
  const own = error instanceof UserError ? [error.message, error.hint ?? ""] : [];
  const tool = error instanceof ToolError ? [error.message, ...error.failure.stderrTail.split("\n")] : [];
  const other = own.length + tool.length === 0 ? [sanitize(String(error))] : [];
  const instead = program === undefined ? "" : " Without gitleaks: AGENT_VM_SCANNER=builtin.";
  return new UserError("The scan for secrets failed, so nothing was passed on.", {
    details: [...own, ...tool, ...other].filter(Boolean),
    hint: `Put that right and run the same command again.${instead} Without any scan: AGENT_VM_SCAN=off.`,
    exit: EXIT.failed,
    cause: error,
  });
}
