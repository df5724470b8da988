// Asks before something is deleted: a question on a terminal, `--yes` elsewhere.
import type { Context } from "../context.ts";
import { EXIT, UserError } from "../errors.ts";

/** Returns when the user agrees; throws UserError (4) otherwise. */
export async function agreeTo(ctx: Context, question: string): Promise<void> {
  if (ctx.flags.yes) return;
  if (!ctx.confirm.possible) {
    throw new UserError("This needs a yes and there is no terminal to ask on.", {
      details: [question],
      hint: "Agree with: --yes",
      exit: EXIT.refused,
    });
  }
  if (await ctx.confirm.ask(question)) return;
  throw new UserError("Nothing was changed.", { exit: EXIT.refused });
}
