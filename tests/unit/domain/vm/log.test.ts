// The log of a child program's output.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { logTo } from "../../../../src/domain/vm/log.ts";

function context(): Context {
  const logs = join(mkdtempSync(join(tmpdir(), "agent-vm-log-")), "logs");
  onTestFinished(() => rmSync(join(logs, ".."), { recursive: true, force: true }));
  return { commandLine: "agent-vm start", paths: { logs } } as Context;
}

test("output is added after what is there, for the user alone to read", async () => {
  const ctx = context();
  const file = join(ctx.paths.logs, "limactl.log");
  for (const text of ["one\n", "two\n"]) {
    (await logTo(ctx, "limactl")).onData(Buffer.from(text));
    await vi.waitFor(() => expect(readFileSync(file, "utf8")).toContain(text), 4000);
  }
  expect(readFileSync(file, "utf8")).toMatch(/^=== \S+ agent-vm start\none\n=== \S+ agent-vm start\ntwo\n$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(ctx.paths.logs).mode & 0o777).toBe(0o700);
});

test("whoever looks into it sees control characters, and their terminal gets none", async () => {
  const ctx = context();
  const { onData } = await logTo(ctx, "limactl");
  const bytes = Buffer.from("a\u001b]0;t\u0007\r\nünï\tb\rc\u009b\n");
  // Cut within a character.
  for (const piece of [bytes.subarray(0, 10), bytes.subarray(10)]) onData(piece);
  const file = join(ctx.paths.logs, "limactl.log");
  await vi.waitFor(() => expect(readFileSync(file, "utf8")).toMatch(/\na\^\[\]0;t\^G\nünï\tb\nc\\x9b\n$/));
});

test("a log that cannot be written ends nothing", async () => {
  const ctx = context();
  mkdirSync(join(ctx.paths.logs, "limactl.log"), { recursive: true });
  const { onData } = await logTo(ctx, "limactl");
  onData(Buffer.from("lost\n"));
  // An error of the stream would come now, and end the program.
  await new Promise((resolve) => setTimeout(resolve, 50));
});
