// Asks the user a yes-or-no question, on a terminal alone.
import { Writable } from "node:stream";
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
          output: ascii ? plainly(process.stderr) : process.stderr,
          signal: AbortSignal.any([signal, ended]),
        });
        return !isCancel(answer) && answer;
      } finally {
        forget();
      }
    },
  };
}

/**
 * The library's own signs, too, in ASCII: it knows of no locale, and its plain signs are not all plain. Its output may be
 * any stream that tells a terminal's size.
 */
export function plainly(terminal: NodeJS.WriteStream): Writable {
  const write = (text: unknown, _encoding: unknown, done: () => void) =>
    void terminal.write(inAscii(String(text)), done);
  const stream = new Writable({ decodeStrings: false, write });
  const { columns, rows } = terminal;
  return Object.assign(stream, { isTTY: true, columns, rows });
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
