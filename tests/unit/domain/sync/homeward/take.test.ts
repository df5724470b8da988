// Where there is no room on the host for a pack and what git makes of it, none is asked for.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../../../../../src/context.ts";
import { takeMuch } from "../../../../../src/domain/sync/homeward/take.ts";
import type { Run } from "../../../../../src/io/run.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "take-"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const asked = new Error("somebody was asked");

/** `state` and `gitDir` are directories, or places that nobody can tell about. */
function take(bytes: number, { state = "nowhere", gitDir = "nowhere" }) {
  const run: Run = () => Promise.reject(asked);
  const ctx = { run, env: {}, paths: { state: join(base, state) } } as unknown as Context;
  const target = { configFile: "/c", alias: "vm", adminAlias: "vm-admin" };
  return takeMuch(ctx, target, {
    ...{ key: ["k"], guest: { dir: "shop-work", place: "own" }, bytes, limit: 1, doing: "the fetch" },
    ...{ host: { directory: base, gitDir: join(base, gitDir) }, make: [] },
    ...{ adopt: () => undefined, bound: () => undefined, update: () => undefined },
  });
}

const MiB = 1024 * 1024;
const MORE_THAN_ANY_DISK = 2 ** 60;

test.each([
  ["own files", { state: "." }],
  ["repository", { gitDir: "." }],
])("no room where the host's %s lie", async (_, places) => {
  expect(await take(MORE_THAN_ANY_DISK, places)).toBe(false);
});

test("where there is room the guest is asked, but not for little", async () => {
  await expect(take(16 * MiB, { state: "." })).rejects.toBe(asked);
  expect(await take(16 * MiB - 1, { state: "." })).toBe(false);
});
