// git's answer as blocks of bytes, for one that grows with the repository: as text it would take many times as much.
import { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { type GitHost, type GitOptions, git } from "./git.ts";

/** Standard output, in the pieces that came. Throws ToolError for an exit code that is not in `ok`. */
export async function gitBytes(
  host: GitHost,
  directory: string,
  args: readonly string[],
  options: Omit<GitOptions, "into" | "encoding"> = {},
): Promise<Uint8Array[]> {
  const blocks: Uint8Array[] = [];
  const into = new Writable({
    write: (block: Uint8Array, _encoding, done) => {
      blocks.push(block);
      done();
    },
  });
  await git(host, directory, args, { ...options, into });
  await finished(into);
  return blocks;
}
