// What flows between files of the host and a child's standard streams.
import { createReadStream, createWriteStream } from "node:fs";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { RunOptions } from "./run.ts";

const BLOCK = 1024 * 1024;

const unless =
  (...codes: string[]) =>
  (error: NodeJS.ErrnoException) => {
    if (!codes.includes(error.code ?? "")) throw error;
  };

/** Feeds files to the child. One that stops reading is no failure here: its exit code tells. */
async function feed(
  stdin: Writable,
  files: readonly { path: string; start: number }[],
  sent: (bytes: number) => void,
): Promise<void> {
  let total = 0;
  async function* blocks() {
    for (const { path, start } of files) {
      for await (const block of createReadStream(path, { start, highWaterMark: BLOCK })) {
        yield block;
        total += (block as Buffer).length;
        sent(total);
      }
    }
  }
  await pipeline(blocks, stdin).catch(unless("EPIPE", "ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"));
}

/** Begins it. A failure ends the child; the first one is what `ended` gives. */
export function flows(
  options: Pick<RunOptions, "inputFile" | "stdoutFile" | "skip" | "onSent">,
  child: { stdin: Writable | null; stdout: Readable | null; kill(): boolean },
  touch: () => void,
): { ended(): Promise<unknown> } {
  const { inputFile, stdoutFile, onSent } = options;
  const work: Promise<void>[] = [];
  if (inputFile !== undefined && child.stdin) {
    const paths = typeof inputFile === "string" ? [inputFile] : inputFile;
    const files = paths.map((path) => ({ path, start: options.skip?.get(path) ?? 0 }));
    const sent = (bytes: number) => {
      touch();
      onSent?.(bytes);
    };
    work.push(feed(child.stdin, files, sent));
  }
  if (stdoutFile !== undefined && child.stdout) {
    const seen = new PassThrough({ highWaterMark: BLOCK }).on("data", touch);
    const file = createWriteStream(stdoutFile, { flags: "wx", mode: 0o600 });
    work.push(pipeline(child.stdout, seen, file));
  }
  const errors: unknown[] = [];
  const watched = work.map((one) =>
    one.catch((error: unknown) => {
      errors.push(error);
      child.kill();
    }),
  );
  return {
    ended: async () => {
      await Promise.all(watched);
      return errors[0];
    },
  };
}
