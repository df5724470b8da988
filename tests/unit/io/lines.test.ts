// A child's bytes as lines, however they are cut into blocks, and a line that never ends.
import { expect, test } from "vitest";
import { linesTo } from "../../../src/io/lines.ts";

function linesOf(...blocks: (string | Uint8Array)[]): string[] {
  const said: string[] = [];
  const lines = linesTo((line) => said.push(line));
  for (const block of blocks) lines.take(Buffer.from(block as Uint8Array));
  lines.end();
  return said;
}

test("lines come whole, cut anywhere, also within a character", () => {
  const bytes = Buffer.from("one\r\ntwo ü\rthree\n\nlast");
  for (let at = 0; at <= bytes.length; at++) {
    expect(linesOf(bytes.subarray(0, at), bytes.subarray(at))).toEqual(["one", "two ü", "three", "last"]);
  }
});

test("a line without an end costs no more than its bytes", () => {
  const block = Buffer.alloc(64 * 1024, "a");
  const said = linesOf(...Array.from({ length: 1000 }, () => block), "\nnext\n");
  expect(said).toHaveLength(2);
  expect(said[0]?.length).toBeLessThan(300);
  expect(said[1]).toBe("next");
});
