// What a failure of the host's own file system is called.
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { EXIT, explain } from "../../src/errors.ts";

const system = (code: string, syscall: string, path?: string) =>
  Object.assign(new Error(`${code}: something`), { code, syscall, ...(path && { path }) });

describe("a refusal of the operating system", () => {
  test.each([
    ["ENOSPC", "disk is full"],
    ["EFBIG", "larger than"],
    ["ENOTDIR", "no directory"],
    ["EDQUOT", "quota"],
    ["EROFS", "read-only"],
    ["EACCES", "does not permit"],
  ])("%s is a sentence with a hint, not a bug", (code, words) => {
    const { message, hint, exit } = explain(system(code, "write", "/home/ann/file"));
    expect(message).toContain(words);
    expect(message).toContain("/home/ann/file");
    expect(hint).toBeDefined();
    expect(exit).toBe(EXIT.failed);
  });

  test("that no user can mend stays a bug", async () => {
    const error = await readFile("/nowhere").catch((caught: unknown) => caught);
    expect(explain(error).exit).toBe(EXIT.bug);
    expect(explain(Object.assign(new Error("x"), { code: "ENOSPC" })).exit).toBe(EXIT.bug);
  });
});
