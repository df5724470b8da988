// A failed transfer is told by facts: free space, whether the VM answers.
import { expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { guestTrouble } from "../../../../src/domain/sync/trouble.ts";
import { EXIT, ToolError, UserError } from "../../../../src/errors.ts";
import type { Run } from "../../../../src/io/run.ts";

const failed = new ToolError({ argv: ["git", "push"], code: 1, stderrTail: "remote: unpack failed" });
const what = { doing: "the push", directory: "/repo", range: ["a".repeat(40)] };
const target = { configFile: "/c", alias: "vm", adminAlias: "vm-admin" };

async function told(answers: { free: string; size: string } | "no answer"): Promise<UserError> {
  const run: Run = async (argv) => {
    if (argv[0] === "ssh" && answers === "no answer")
      throw new ToolError({ argv, code: 255, stderrTail: "" });
    if (answers === "no answer") throw new Error("not asked");
    return { code: 0, stdout: argv[0] === "ssh" ? answers.free : answers.size, stderr: "" };
  };
  const out = { step: () => ({ done: () => {} }) };
  const ctx = { run, out, env: {}, signal: new AbortController().signal } as unknown as Context;
  const error = await guestTrouble(ctx, target, failed, what);
  if (error instanceof UserError) return error;
  throw new Error("no UserError");
}

test("a full disk, a disk too small for the commits, no free inode", async () => {
  for (const [free, size] of [
    ["100\0" + "5\0", "10\n"],
    ["100000\0" + "5\0", "90000000\n"],
    ["99999999\0" + "0\0", "10\n"],
  ] as const) {
    const error = await told({ free, size });
    expect(error.message).toContain("disk is full");
    expect(error.details).toEqual(["remote: unpack failed"]);
  }
});

test("enough room: git's own words are shown", async () => {
  const error = await told({ free: "99999999\0" + "5\0", size: "10\n" });
  expect(error.message).toContain("did not go through");
  expect(error.details).toEqual(["remote: unpack failed"]);
});

test("a VM that does not answer is not ready", async () => {
  expect((await told("no answer")).exit).toBe(EXIT.notReady);
});
