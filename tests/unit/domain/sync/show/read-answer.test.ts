// The guest's answer as a stream: facts first, then lines, whatever the pieces it arrives in.
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { commitLine } from "../../../../../src/domain/sync/show/log.ts";
import { type Facts, readAnswer } from "../../../../../src/domain/sync/show/read-answer.ts";

async function read(pieces: readonly (string | Buffer)[]) {
  let facts: Facts | undefined;
  const stream = readAnswer({
    begin: (found) => {
      facts = found;
      return ["first"];
    },
    line: (text) => `<${text}>`,
  });
  let out = "";
  const pieced = Readable.from(pieces.map((piece) => Buffer.from(piece)));
  for await (const chunk of pieced.pipe(stream)) out += chunk;
  return { facts, out };
}

const ANSWER = "=state\0present\0=other\x002 a\0=other\x003 b\0=body\0x\nüy\n\nz";

test("facts are gathered by name, and every line is handed over once", async () => {
  const { facts, out } = await read([ANSWER]);
  expect(facts?.get("state")).toEqual(["present"]);
  expect(facts?.get("other")).toEqual(["2 a", "3 b"]);
  expect(out).toBe("first\n<x>\n<üy>\n<>\n<z>\n");
});

test("byte by byte it is the same, also within a character", async () => {
  const bytes = [...Buffer.from(ANSWER)].map((byte) => Buffer.from([byte]));
  expect(await read(bytes)).toEqual(await read([ANSWER]));
});

test("a long line comes in pieces and stays one line", async () => {
  const { out } = await read(["=body\0", "y".repeat(200_000), "\nz\n"]);
  expect(out.replaceAll(/[<>]/g, "")).toBe(`first\n${"y".repeat(200_000)}\nz\n`);
});

test("an answer that never begins fills no memory", async () => {
  const flood = Array.from({ length: 10 }, () => "x".repeat(1024 * 1024));
  await expect(read(flood)).rejects.toThrow("not understood");
});

test("facts that are cut off are refused", async () => {
  await expect(read(["=state\0pres=body\0"])).rejects.toThrow("not understood");
});

test("a commit's line is cleaned field by field", () => {
  expect(commitLine("\0abc\0\u001b[2JEve\0" + "2026-01-01 10:00\0fix \u202e it", false)).toBe(
    "abc  2026-01-01 10:00  ^[[2JEve  fix \\u{202e} it",
  );
});
