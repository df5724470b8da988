// Lines and counted bytes come out of a stream whatever its pieces are.
import { expect, test } from "vitest";
import { lineReader } from "../../../../src/domain/lfs/reader.ts";

async function* pieces(text: string, size: number) {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
}

async function all(bytes: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts).toString();
}

test.each([1, 2, 3, 7, 100])("in pieces of %i", async (size) => {
  const reader = lineReader(pieces("2 9\na 5\n12\n45b 4\n6789end\n", size));
  expect(await reader.line(10)).toBe("2 9");
  expect(await reader.line(10)).toBe("a 5");
  expect(await all(reader.body(5))).toBe("12\n45");
  expect(await reader.line(10)).toBe("b 4");
  expect(await all(reader.body(4))).toBe("6789");
  expect(await reader.line(10)).toBe("end");
  expect(await reader.line(10)).toBeUndefined();
});

test("a line without an end is given up before more of it is read than allowed", async () => {
  let read = 0;
  async function* endless() {
    for (; read < 1000; read += 1) yield Buffer.from("x".repeat(6));
  }
  expect(await lineReader(endless()).line(10)).toBeUndefined();
  expect(read).toBe(1);
});

test("a line has as much as is allowed, and a body that is cut is short", async () => {
  expect(await lineReader(pieces("12345\n", 9)).line(5)).toBe("12345");
  expect(await lineReader(pieces("12345\n", 1)).line(5)).toBe("12345");
  expect(await lineReader(pieces("123456\n", 9)).line(5)).toBeUndefined();
  expect(await lineReader(pieces("\n", 9)).line(5)).toBe("");
  expect(await all(lineReader(pieces("123", 2)).body(5))).toBe("123");
});
