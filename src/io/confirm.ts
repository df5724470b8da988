// Asks the user a yes-or-no question, on a terminal alone.
import { printable } from "../guard/sanitize.ts";
import { inAscii } from "./charset.ts";

export interface Confirm {
  /** True when a question can be asked. */
  possible: boolean;
  /** The answer; false without asking when no question can be asked. `--yes` is the caller's business. */
  ask(question: string): Promise<boolean>;
}

/** `ascii`: for a terminal that cannot show UTF-8. */
export function createConfirm(possible: boolean, ascii: boolean): Confirm {
  return {
    possible,
    ask: async (question) => {
      if (!possible) return false;
      const { confirm, isCancel } = await import("@clack/prompts");
      const answer = await confirm({
        message: ascii ? inAscii(printable(question)) : printable(question),
        initialValue: false,
        output: process.stderr,
      });
      return !isCancel(answer) && answer;
    },
  };
}
