// Asks the user a yes-or-no question, on a terminal alone.
import { printable } from "../guard/sanitize.ts";

export interface Confirm {
  /** True when a question can be asked. */
  possible: boolean;
  /** The answer; false without asking when no question can be asked. `--yes` is the caller's business. */
  ask(question: string): Promise<boolean>;
}

export function createConfirm(possible: boolean): Confirm {
  return {
    possible,
    ask: async (question) => {
      if (!possible) return false;
      const { confirm, isCancel } = await import("@clack/prompts");
      const answer = await confirm({
        message: printable(question),
        initialValue: false,
        output: process.stderr,
      });
      return !isCancel(answer) && answer;
    },
  };
}
