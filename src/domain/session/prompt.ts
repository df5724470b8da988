// Where a prompt comes from: an argument, a file, or standard input.
import { readFile } from "node:fs/promises";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";

export interface PromptSource {
  text?: string | undefined;
  file?: string | undefined;
  /** Reads all of standard input; undefined when that is a terminal. */
  standardInput?: (() => Promise<string>) | undefined;
}

/** "" when there is none. Throws UserError (2) for two at once, and for a file that cannot be read. */
export async function promptFrom({ text, file, standardInput }: PromptSource): Promise<string> {
  if (text !== undefined && file !== undefined) {
    throw new UserError("The prompt is given twice.", {
      hint: "Give it as an argument or with --prompt-file.",
      exit: EXIT.usage,
    });
  }
  if (text !== undefined) return checked(text);
  if (file !== undefined && file !== "-") return checked(await read(file));
  return standardInput === undefined ? "" : checked(await standardInput());
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unreadable";
    throw new UserError(`The prompt's file ${sanitize(file)} cannot be read (${code}).`, {
      exit: EXIT.usage,
      cause,
    });
  }
}

function checked(text: string): string {
  if (!text.includes("\0")) return text.trimEnd();
  throw new UserError("The prompt is no text: it holds NUL.", { exit: EXIT.usage });
}
