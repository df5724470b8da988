// Reads the JSON files that hold the truth about names; one that is not ours is never overwritten in silence.
import { EXIT, UserError } from "../../errors.ts";
import { readJson } from "../../io/json-file.ts";

/** The file's content; undefined when there is none. Throws UserError when it is damaged. */
export async function readStore(path: string): Promise<unknown> {
  try {
    return await readJson(path);
  } catch (cause) {
    throw cause instanceof SyntaxError ? unreadable(path, cause) : cause;
  }
}

export function unreadable(path: string, cause?: unknown): UserError {
  return new UserError(`The file ${path} is not what agent-vm wrote.`, {
    hint: "Move it away to start a new one; directories in the VM are then shown as unknown, and kept.",
    exit: EXIT.failed,
    cause,
  });
}
