// Standard input and output as data, for commands that pass bytes through.
import type { Readable } from "node:stream";

export interface StandardStreams {
  input: Readable;
  /** Resolves when the chunk was taken, so that nothing piles up. */
  write(chunk: Uint8Array): Promise<void>;
  toTerminal: boolean;
}

export const standardStreams = (): StandardStreams => ({
  input: process.stdin,
  write: (chunk) =>
    new Promise((resolve, reject) => {
      process.stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
    }),
  toTerminal: process.stdout.isTTY === true,
});
