// Cuts a child's bytes into lines as they come. What a line may cost is bounded: the VM decides where one ends.
import { StringDecoder } from "node:string_decoder";
import { sanitizeLines } from "../guard/sanitize.ts";

/** Characters of a line that are looked at; the rest of it is dropped. Far more than is ever shown of one. */
const MAX_LINE = 16 * 1024;

export interface Lines {
  take(bytes: Uint8Array): void;
  /** The last line, which nothing ended. */
  end(): void;
}

/** `tell` gets each line that is not empty, cleaned. */
export function linesTo(tell: (line: string) => void): Lines {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const say = (text: string) => {
    for (const line of sanitizeLines(text.slice(0, MAX_LINE))) tell(line);
  };
  return {
    take: (bytes) => {
      const pieces = (rest + decoder.write(bytes)).split(/\r?\n|\r/);
      // Without the cut a line without an end is read anew with each block of it.
      rest = (pieces.pop() ?? "").slice(0, MAX_LINE);
      for (const piece of pieces) say(piece);
    },
    end: () => say(rest + decoder.end()),
  };
}
