// Questions on a terminal that does not show UTF-8: nothing of ours and nothing of the library's is beyond ASCII.
import { Writable } from "node:stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { createConfirm } from "../../../src/io/confirm.ts";

/** What a question writes until it is ended. */
async function asked(ascii: boolean): Promise<string> {
  let written = "";
  const over = new AbortController();
  const stderr = new Writable({
    decodeStrings: false,
    write: (text, _encoding, done) => {
      written += String(text);
      done();
    },
  });
  const real = vi
    .spyOn(process, "stderr", "get")
    .mockReturnValue(
      Object.assign(stderr, { isTTY: true, columns: 80, rows: 24 }) as unknown as typeof process.stderr,
    );
  onTestFinished(() => real.mockRestore());
  const answer = createConfirm(true, { ascii, signal: over.signal }).ask("Replace ü → 1 file?");
  await vi.waitFor(() => expect(written).toContain("1 file?"), { timeout: 20_000 });
  over.abort();
  expect(await answer).toBe(false);
  return written;
}

test("in ASCII, with the signs of the library", async () => {
  const written = await asked(true);
  expect(written).toMatch(/\* {2}Replace \\u\{fc\} -> 1 file\?/);
  expect(written).toContain("> No");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what such a terminal could take for commands
  expect(written).not.toMatch(/[^\u0000-\u007f]/);
});

test("elsewhere as the library draws it", async () => {
  expect(await asked(false)).toMatch(/Replace ü → 1 file\?/);
});
