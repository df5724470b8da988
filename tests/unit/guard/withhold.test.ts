// An answer passes as it is, in whatever pieces, unless the secret is in it: then nothing of that passes.
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { CAME_BACK, withhold } from "../../../src/guard/withhold.ts";

const SECRET = "sk-sk-canary-0123";

async function passed(pieces: readonly string[]): Promise<{ text: string; code: string | undefined }> {
  const stream = Readable.from(pieces.map((piece) => Buffer.from(piece))).pipe(withhold(SECRET));
  let text = "";
  try {
    for await (const bytes of stream) text += String(bytes);
    return { text, code: undefined };
  } catch (error) {
    return { text, code: (error as NodeJS.ErrnoException).code };
  }
}

const cuts = (text: string) =>
  Array.from({ length: text.length }, (_, at) => [text.slice(0, at), text.slice(at)]);

test("ordinary bytes pass, cut anywhere, the beginnings of the secret too", async () => {
  const text = "data: sk-sk-sk-canar sk-sk";
  for (const pieces of [...cuts(text), [...text]])
    expect(await passed(pieces)).toEqual({ text, code: undefined });
});

test("an event passes at once", async () => {
  const stream = withhold(SECRET);
  stream.write("data: one\n\n");
  expect(String(stream.read())).toBe("data: one\n\n");
});

test("a word that is no key passes", async () => {
  const stream = Readable.from([Buffer.from("I am ollama")]).pipe(withhold("ollama"));
  let text = "";
  for await (const bytes of stream) text += String(bytes);
  expect(text).toBe("I am ollama");
});

describe("the secret", () => {
  const text = `{"key":"sk-${SECRET}"}`;
  test.each(cuts(text))("does not pass cut as %j %j", async (...pieces) => {
    const { text: got, code } = await passed(pieces);
    expect(code).toBe(CAME_BACK);
    expect('{"key":"sk-'.startsWith(got)).toBe(true);
  });
  test("does not pass byte by byte", async () => expect((await passed([...text])).code).toBe(CAME_BACK));
});
