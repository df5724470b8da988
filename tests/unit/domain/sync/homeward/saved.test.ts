// The time that a save's commits have: that of the try that broke off, so that they are the same commits.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../../../../../src/context.ts";
import { notePart, partOf } from "../../../../../src/domain/sync/homeward/part.ts";
import { secondsOf } from "../../../../../src/domain/sync/homeward/saved.ts";

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "saved-"));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const context = () => ({ paths: { state } }) as Context;
const of = (dir: string, ignored = true) =>
  ({ workspace: { dir }, repo: { id: "r" }, ignored }) as Parameters<typeof secondsOf>[1];

async function leave(key: string[], seconds: number): Promise<void> {
  const part = await partOf(context(), key);
  await notePart(part, { name: "a".repeat(40), bytes: 4, make: [], seconds });
  writeFileSync(part.file, "0123");
}

test("is that of a try that broke off, of the same workspace and for the same", async () => {
  await leave(["save", "r", "one", "all"], 1000);
  expect(await secondsOf(context(), of("two"))).toBeGreaterThan(1_700_000_000);
  expect(await secondsOf(context(), of("one", false))).toBeGreaterThan(1_700_000_000);
  expect(await secondsOf(context(), of("one"))).toBe(1000);
});

test("stays the same in one process, whatever becomes of the part", async () => {
  const first = await secondsOf(context(), of("three"));
  await leave(["save", "r", "three", "all"], 1000);
  expect(await secondsOf(context(), of("three"))).toBe(first);
});
