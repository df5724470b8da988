// The records of saves: which is the newest.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { listSaves, newSaveId, saveDirectory, writeSave } from "../../../../src/domain/vault/records.ts";
import type { Save } from "../../../../src/domain/vault/save.ts";

const OWNER = "0".repeat(32);
let sharedState: string;
beforeEach(() => {
  sharedState = mkdtempSync(join(tmpdir(), "records-"));
});
afterEach(() => rmSync(sharedState, { recursive: true, force: true }));

const context = () => ({ paths: { sharedState }, out: { warn: () => undefined } }) as unknown as Context;

test("of two saves in one second the later one is the newest, whatever its id ends with", async () => {
  const ctx = context();
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

test("those of all repositories are in the order of their times, and what is no record is told of", async () => {
  const said: string[] = [];
  const ctx = { ...context(), out: { warn: (text: string) => said.push(text) } } as unknown as Context;
  const save = (repoId: string, minute: string) =>
    writeSave(ctx, {
      ...{ version: 1, id: `20261130-12${minute}00-aaaa`, time: `2026-11-30T12:${minute}:00.000Z` },
      ...{ repoId, refs: [] },
    } as unknown as Save);
  const other = "1".repeat(32);
  await save(OWNER, "01");
  await save(other, "02");
  await save(OWNER, "03");
  const saves = join(sharedState, "vault", other, "saves");
  writeFileSync(join(saves, "20261130-121000-ffff.json"), "{}");
  writeFileSync(join(saves, "notes.json"), "{}");
  const minutes = (all: readonly Save[]) => all.map(({ id }) => id.slice(11, 13));
  expect(minutes(await listSaves(ctx))).toEqual(["01", "02", "03"]);
  expect(minutes(await listSaves(ctx, OWNER))).toEqual(["01", "03"]);
  expect(await listSaves(ctx, "2".repeat(32))).toEqual([]);
  expect(said).toEqual([expect.stringContaining("20261130-121000-ffff.json")]);
});

test.each([OWNER, undefined])("no save of one second takes the id of another one (%s)", async (repoId) => {
  const ctx = context();
  const time = new Date("2026-11-30T12:00:00.500Z");
  const endings = ["aaaa", "aaaa", "bbbb", "bbbb", "cccc"];
  const next = () => newSaveId(ctx, repoId, time, () => endings.shift() ?? "dddd");
  const first = next();
  await writeSave(ctx, { id: first, repoId, refs: [] } as unknown as Save);
  const second = next();
  // One that is still coming in has no record yet.
  mkdirSync(saveDirectory(ctx, { id: second, repoId }), { recursive: true });
  expect([first, second, next()].map((id) => id.replace("20261130-120000-", ""))).toEqual([
    "aaaa",
    "bbbb",
    "cccc",
  ]);
});
