// A pointer is taken to the letter: its numbers become the name of a file and the size of what is read.
import { describe, expect, test } from "vitest";
import { mayPassForPointer, parsePointer } from "../../../../src/domain/lfs/pointer.ts";

const OID = "0123456789abcdef".repeat(4);
const text = (oid = OID, size = "12345", version = "https://git-lfs.github.com/spec/v1") =>
  Buffer.from(`version ${version}\noid sha256:${oid}\nsize ${size}\n`);

test("a pointer as git-lfs writes it is read", () => {
  expect(parsePointer(text())).toEqual({ oid: OID, size: 12345 });
  expect(parsePointer(text(OID, "1"))).toEqual({ oid: OID, size: 1 });
  expect(parsePointer(text(OID, "9".repeat(15)))).toEqual({ oid: OID, size: 999_999_999_999_999 });
});

describe("no pointer", () => {
  test.each([
    ["a path for an id", text(`../../${"a".repeat(58)}`)],
    ["capital letters", text(OID.toUpperCase())],
    ["a short id", text(OID.slice(1))],
    ["a size that is negative", text(OID, "-1")],
    ["a size with zeros before it", text(OID, "012")],
    ["a size that no number holds", text(OID, "9".repeat(16))],
    ["nothing to hold", text(OID, "0")],
    ["another version", text(OID, "12345", "https://hawser.github.com/spec/v1")],
    ["an extension", Buffer.from(text().toString().replace("\noid", "\next-0-x sha256:1\noid"))],
    ["a line more", Buffer.concat([text(), Buffer.from("x\n")])],
    ["no line end", text().subarray(0, -1)],
    ["Windows' line ends", Buffer.from(text().toString().replaceAll("\n", "\r\n"))],
  ])("is one with %s", (_what, bytes) => expect(parsePointer(bytes)).toBeUndefined());
});

test("what git-lfs may take for a pointer is known without being one", () => {
  expect(mayPassForPointer(Buffer.from(text().toString().replaceAll("\n", "\r\n")))).toBe(true);
  expect(mayPassForPointer(text(OID, "1", "https://hawser.github.com/spec/v1"))).toBe(true);
  expect(mayPassForPointer(Buffer.from("just content\n"))).toBe(false);
  expect(mayPassForPointer(Buffer.concat([Buffer.alloc(1024), text()]))).toBe(false);
});
