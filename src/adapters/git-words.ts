// What git writes between NUL bytes, as it comes: nothing of it is kept, however much there is.
import { PassThrough } from "node:stream";
import { ToolError } from "../errors.ts";
import { type GitHost, type GitOptions, git } from "./git.ts";

/** Bytes of one word; no path that a system can use comes near. */
const LONGEST = 64 * 1024 * 1024;

/**
 * The words of git's output, some at a time, one character each byte. Git waits while nobody takes them, and is ended
 * when nobody wants more. Throws ToolError after the last word when git failed.
 */
export async function* gitWords(
  host: GitHost,
  directory: string,
  args: readonly string[],
  options: Omit<GitOptions, "into" | "encoding"> = {},
): AsyncGenerator<string[]> {
  const into = new PassThrough();
  const running = git(host, directory, args, { ...options, into });
  running.catch((error: Error) => into.destroy(error));
  let rest = "";
  try {
    for await (const chunk of into) {
      const words = (rest + (chunk as Buffer).toString("latin1")).split("\0");
      rest = words.pop() ?? "";
      if (rest.length > LONGEST) throw tooLong(args);
      if (words.length > 0) yield words;
    }
    if (rest !== "") yield [rest];
  } finally {
    into.destroy();
  }
  await running;
}

const tooLong = (args: readonly string[]): ToolError =>
  new ToolError({ argv: ["git", ...args], code: undefined, stderrTail: "", reason: "wrote an endless word" });
