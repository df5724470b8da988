// The customs: what comes is examined, shown and asked about before the host's branch moves.
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { during } from "../../io/output.ts";
import { sizeText } from "../consent.ts";
import type { Examined } from "./classify.ts";
import { examine, type Journey } from "./examine.ts";
import { noteAgreed } from "./remembered.ts";
import { askedLines, othersLines } from "./report.ts";

export interface Passage extends Journey {
  /** The user agreed beforehand: --accept-risk. */
  accept: boolean;
  /** The command that was typed, without that. */
  command: string;
  /** How to look at it. */
  look: string;
  /** Gets what was found, also when the passage is refused. */
  found?: ((examined: Examined) => void) | undefined;
}

/** Returns when the branch may move. Throws UserError (4) when the user does not agree, or cannot be asked. */
export async function passCustoms(ctx: Context, passage: Passage): Promise<void> {
  const examined = await examineOrRefuse(ctx, passage);
  if (examined === undefined) return;
  passage.found?.(examined);
  const { asked, unread } = examined;
  const others = othersLines(examined);
  if (others.length > 0) ctx.out.say(["Among what comes:", ...others].join("\n"));
  if (unread > 0) ctx.out.say(`${sizeText(unread)} of large files were not searched for hidden characters.`);
  if (asked.length === 0) return;
  if (!passage.accept && !ctx.confirm.possible) throw refused(passage, askedLines(examined));
  ctx.out.warn([`${COULD_RUN}:`, ...askedLines(examined).map((line) => `  ${line}`)].join("\n"));
  const question = `Move "${sanitize(passage.branch)}" on this host all the same?`;
  if (!passage.accept && !(await ctx.confirm.ask(question))) throw refused(passage, []);
  await noteAgreed(ctx, passage.repo.id, asked);
}

const COULD_RUN = "What comes from the workspace could run or reach out on this host by itself";

const refused = ({ branch, command, look }: Passage, details: string[]): UserError =>
  new UserError(`${COULD_RUN}; "${sanitize(branch)}" was not moved. The commits are fetched.`, {
    details,
    hint: `Look at it: ${look}; if it is as you want it: ${command} --accept-risk`,
    exit: EXIT.refused,
  });

/** Undefined when it could not be examined and the user accepted that beforehand. */
async function examineOrRefuse(ctx: Context, passage: Passage): Promise<Examined | undefined> {
  try {
    return await during(ctx.out, "look at what comes", examine(ctx, passage));
  } catch (cause) {
    if (!(cause instanceof ToolError)) throw cause;
    const what = "What comes from the workspace could not be examined";
    if (passage.accept) {
      ctx.out.warn(`${what}; it is taken as it is.`);
      return undefined;
    }
    throw new UserError(`${what}; "${sanitize(passage.branch)}" was not moved. The commits are fetched.`, {
      details: cause.failure.stderrTail.split("\n").filter(Boolean),
      hint: `Try again; to take it unexamined: ${passage.command} --accept-risk`,
      exit: EXIT.refused,
      cause,
    });
  }
}
