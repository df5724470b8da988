// A stream that ends before a secret has passed: a server may say in its answer what it was asked with.
import { PassThrough, Transform } from "node:stream";

/** Code of the error with which the stream fails. */
export const CAME_BACK = "CAME_BACK";

/** Shorter ones are words that a gateway takes for a key, and stand in ordinary answers. */
const SHORTEST = 16;

export const holds = (text: string, secret: string): boolean =>
  secret.length >= SHORTEST && text.includes(secret);

/** Passes bytes on. Holds back an end that the secret may begin with, until it is clear. */
export function withhold(secret: string): Transform {
  if (secret.length < SHORTEST) return new PassThrough();
  const word = Buffer.from(secret);
  let held = Buffer.alloc(0);
  return new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      const bytes = Buffer.concat([held, piece]);
      if (bytes.includes(word)) {
        done(Object.assign(new Error("a secret came back"), { code: CAME_BACK }));
        return;
      }
      const clear = bytes.length - begun(bytes, word);
      held = bytes.subarray(clear);
      done(null, bytes.subarray(0, clear));
    },
    flush: (done) => done(null, held),
  });
}

/** How many bytes at the end are the beginning of the word. */
function begun(bytes: Buffer, word: Buffer): number {
  for (let length = Math.min(word.length - 1, bytes.length); length > 0; length--)
    if (bytes.subarray(bytes.length - length).equals(word.subarray(0, length))) return length;
  return 0;
}
