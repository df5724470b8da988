// Asks the user a yes-or-no question, on a terminal alone.
import { printable } from "../guard/sanitize.ts";
import { inAscii } from "./charset.ts";

export interface Confirm {
  /** True when a question can be asked. */
  possible: boolean;
  /** The answer; false without asking when no question can be asked. `--yes` is the caller's business. */
  ask(question: string): Promise<boolean>;
}

interface Asking {
  /** For a terminal that cannot show UTF-8. */
  ascii: boolean;
  /** Ends a question, as a no. */
  signal: AbortSignal;
}

export function createConfirm(possible: boolean, { ascii, signal }: Asking): Confirm {
  return {
    possible,
    ask: async (question) => {
      if (!possible) return false;
      const { confirm, isCancel } = await import("@clack/prompts");
      const message = ascii ? inAscii(printable(question)) : printable(question);
      const { ended, forget } = endOfInput();
      try {
        const answer = await confirm({
          message,
          initialValue: false,
          output: process.stderr,
          signal: AbortSignal.any([signal, ended]),
        });
        return !isCancel(answer) && answer;
      } finally {
        forget();
      }
    },
  };
}

/** Aborted by Ctrl-D, or by a terminal that is gone: the prompt itself would wait for ever. */
function endOfInput(): { ended: AbortSignal; forget(): void } {
  const { stdin } = process;
  const end = new AbortController();
  const abort = () => end.abort();
  const onKey = (_text: unknown, key?: { ctrl?: boolean; name?: string }) => {
    if (key?.ctrl === true && key.name === "d") abort();
  };
  stdin.on("keypress", onKey).once("end", abort);
  return { ended: end.signal, forget: () => void stdin.off("keypress", onKey).off("end", abort) };
}
