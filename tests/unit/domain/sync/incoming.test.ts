// Which paths an update needs to be free, from recorded raw diffs.
import { expect, test } from "vitest";
import { parseIncoming, rawDiffOf, replacesDirectory } from "../../../../src/domain/sync/incoming.ts";

const record = (status: string, path: string, mode = "100644", old = "100644") =>
  `:${status === "A" ? "000000" : old} ${status === "D" ? "000000" : mode} ${"0".repeat(40)} ${"1".repeat(40)} ${status}\0${path}\0`;
const wanted = (...records: string[]) =>
  Object.fromEntries(parseIncoming(records.join("")).map(({ path, as }) => [path, as]));

test("a new file, and the directories above it", () => {
  expect(wanted(record("A", "a/b/c.txt"))).toEqual({
    "a/b/c.txt": "file",
    a: "directory",
    "a/b": "directory",
  });
});

test("what is tracked already is left to git", () => {
  expect(wanted(record("M", "x"), record("D", "y"), record("T", "z"))).toEqual({});
});

test("a tracked file that becomes a directory is no obstacle above", () => {
  expect(wanted(record("D", "a"), record("A", "a/b"))).toEqual({ "a/b": "file" });
});

test("a tracked directory that becomes a file must hold nothing else", () => {
  expect(wanted(record("D", "a/b"), record("A", "a"))).toEqual({ a: "file" });
});

test("a submodule needs a directory, names may hold anything but NUL", () => {
  expect(wanted(record("A", "sub", "160000"), record("A", "a\n :b c"))).toEqual({
    sub: "directory",
    "a\n :b c": "file",
  });
});

test("a submodule that becomes a file must hold nothing", () => {
  expect(wanted(record("T", "sub", "100644", "160000"), record("T", "link", "120000"))).toEqual({
    sub: "file",
  });
});

test("a directory or a submodule that becomes a file is told from what goes or comes", () => {
  const replaces = (...records: string[]) =>
    replacesDirectory(rawDiffOf([Buffer.from(records.join(""), "latin1")]));
  expect(replaces(record("D", "a/b/c"), record("A", "a"))).toBe(true);
  expect(replaces(record("T", "sub", "120000", "160000"))).toBe(true);
  expect(replaces(record("D", "a/b"), record("A", "a/c"), record("A", "ab"), record("T", "z"))).toBe(false);
  expect(replaces(record("D", "a"), record("A", "a/b"))).toBe(false);
});
