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

/** What a question is about: nobody is asked about what --quiet hides. */
export function tellAsked({ out, confirm, flags }: Pick<Context, "out" | "confirm" | "flags">, text: string) {
  if (confirm.possible && !flags.yes) out.say(text, "asked");
  else out.say(text);
}

const MiB = 1024 * 1024;

/** Before something large is kept on this host's disk; throws UserError (4) when the user does not want that. */
export const agreeToSize = (ctx: Context, what: string, bytes: number): Promise<void> =>
  agreeTo(ctx, `Keep ${sizeText(bytes)} of ${what} in the vault on this host's disk?`);

export function sizeText(bytes: number): string {
  if (bytes >= 1024 * MiB) return `${(bytes / (1024 * MiB)).toFixed(1)} GiB`;
  return bytes >= MiB ? `${Math.round(bytes / MiB)} MiB` : `${Math.ceil(bytes / 1024)} KiB`;
}
