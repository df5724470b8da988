// A stream of lines and counted bytes, read piece by piece with a bounded memory.

export interface LineReader {
  /** The next line without its end; undefined when the stream is over or the line is longer than allowed. */
  line(longest: number): Promise<string | undefined>;
  /** The next bytes; fewer come when the stream is over. All of them must be taken before anything else is read. */
  body(size: number): AsyncGenerator<Buffer>;
}

const LF = 10;

export function lineReader(stream: AsyncIterable<Uint8Array>): LineReader {
  const chunks = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<Buffer | undefined> => {
    const { done, value } = await chunks.next();
    return done ? undefined : Buffer.from(value);
  };
  return {
    line: async (longest) => {
      for (;;) {
        const end = rest.indexOf(LF);
        if (end > longest || (end < 0 && rest.length > longest)) return undefined;
        if (end >= 0) {
          const text = rest.subarray(0, end).toString("latin1");
          rest = rest.subarray(end + 1);
          return text;
        }
        const next = await more();
        if (next === undefined) return undefined;
        rest = Buffer.concat([rest, next]);
      }
    },
    body: async function* (size) {
      let left = size;
      while (left > 0) {
        const chunk = rest.length > 0 ? rest : await more();
        if (chunk === undefined) return;
        const part = chunk.subarray(0, left);
        rest = chunk.subarray(part.length);
        left -= part.length;
        if (part.length > 0) yield part;
      }
    },
  };
}
