// The records of saves: which is the newest.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { listSaves, writeSave } from "../../../../src/domain/vault/records.ts";
import type { Save } from "../../../../src/domain/vault/save.ts";

const OWNER = "0".repeat(32);
let sharedState: string;
beforeEach(() => {
  sharedState = mkdtempSync(join(tmpdir(), "records-"));
});
afterEach(() => rmSync(sharedState, { recursive: true, force: true }));

test("of two saves in one second the later one is the newest, whatever its id ends with", async () => {
  const ctx = { paths: { sharedState }, out: { warn: () => undefined } } as unknown as Context;
  const save = (end: string, milliseconds: string) =>
    writeSave(ctx, {
      ...{ version: 1, id: `20261130-120000-${end}`, time: `2026-11-30T12:00:00.${milliseconds}Z` },
      ...{ repoId: OWNER, refs: [] },
    } as unknown as Save);
  await save("ffff", "100");
  await save("0000", "900");
  await save("8888", "500");
  const order = (await listSaves(ctx, OWNER)).map(({ id }) => id.slice(-4));
  expect(order).toEqual(["ffff", "8888", "0000"]);
});
