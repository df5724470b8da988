// Which saves a selection means, ages, and how a save is told to people.
import { expect, test } from "vitest";
import { restoredLines } from "../../../../src/domain/sync/save/restored-text.ts";
import { parseAge } from "../../../../src/domain/vault/age.ts";
import type { Save } from "../../../../src/domain/vault/save.ts";
import { selectSaves } from "../../../../src/domain/vault/trash.ts";
import { holdsText, trashJson, trashRows } from "../../../../src/domain/vault/trash-text.ts";
import { UserError } from "../../../../src/errors.ts";

const save = (id: string, more: Partial<Save> = {}): Save => ({
  version: 1,
  id,
  why: "clean",
  time: "2026-11-21T10:00:00.000Z",
  vm: "agent-vm",
  repoId: "0".repeat(32),
  repoName: "shop",
  branch: "work",
  dir: "shop-work",
  head: {},
  refs: [],
  stashes: [],
  files: [],
  bundled: false,
  regenerable: 0,
  ...more,
});

test("ages are hours, days and weeks", () => {
  expect(parseAge("12h")).toBe(12 * 3600e3);
  expect(parseAge("30d")).toBe(30 * 24 * 3600e3);
  expect(parseAge("4w")).toBe(28 * 24 * 3600e3);
  for (const text of ["", "30", "d", "-1d", "1.5d", "30 d", "30m", "1000000d"])
    expect(() => parseAge(text), text).toThrow(UserError);
});

test("a selection is ids, an age, or all; never everything by saying nothing", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const saves = [save("a", { time: "2026-11-01T00:00:00Z" }), save("b"), save("c")];
  const ids = (which: Parameters<typeof selectSaves>[1]) =>
    selectSaves(saves, which, now).map((one) => one.id);
  expect(ids({ ids: ["b"] })).toEqual(["b"]);
  expect(ids({ ids: [], olderThan: "10d" })).toEqual(["a"]);
  expect(ids({ ids: ["c"], olderThan: "10d" })).toEqual(["a", "c"]);
  expect(ids({ ids: [], olderThan: "1h" })).toEqual(["a", "b", "c"]);
  expect(ids({ ids: [], olderThan: "60d" })).toEqual([]);
  expect(ids({ ids: [], all: true })).toEqual(["a", "b", "c"]);
  expect(() => ids({ ids: [] })).toThrow(UserError);
  expect(() => ids({ ids: ["b", "x"] })).toThrow('"x"');
});

test("a time that cannot be read is never old", () => {
  expect(selectSaves([save("a", { time: "?" })], { ids: [], olderThan: "0h" }, Date.now())).toEqual([]);
});

test("a save is told by what it holds, cleaned", () => {
  const stashes = [{ oid: "1", message: "m" }];
  const files = [{ file: "f", kind: "tar" as const, sha256: "", bytes: 5, holds: "nested\u001b[2J" }];
  const one = {
    save: save("a", { stashes, files }),
    commits: 1,
    files: 2,
    bytes: 9,
    operation: true,
    damaged: false,
  };
  expect(holdsText(one)).toBe("1 commit, 1 stash, 2 files, an operation in progress, nested^[[2J");
  expect(holdsText({ ...one, damaged: true })).toBe("damaged");
  expect(
    holdsText({ save: save("a"), commits: 0, files: 0, bytes: 0, operation: false, damaged: false }),
  ).toBe("nothing the host has not");
  const evil = {
    save: save("a", { branch: "x\u001b[2J", repoName: "\u202eshop" }),
    bytes: 0,
    operation: false,
    damaged: false,
  };
  const shown = trashRows([evil], String).rows.flat().join();
  for (const character of ["\u001b", "\u202e"]) expect(shown).not.toContain(character);
  expect(trashJson([evil]).saves[0]).toMatchObject({
    commits: null,
    files: null,
    repository: { name: "\u202eshop" },
  });
  const { repoId: _, branch: __, ...bare } = save("a", { dir: "tools/x" });
  expect(
    trashRows([{ save: bare, bytes: 0, operation: false, damaged: false }], String).rows[0]?.slice(2, 4),
  ).toEqual(["", "~/tools/x"]);
});

test("what came back is told with what did not", () => {
  const wip = { save: save("a", { why: "wip", regenerable: 2 }), path: "workspace/shop-work", onHost: false };
  const lines = restoredLines(wip).join("\n");
  expect(lines).toContain("~/workspace/shop-work is back as it was at 2026-11-21 10:00 (UTC).");
  expect(lines).toContain("ignored files are not in it");
  expect(lines).toContain("2 ignored files");
  expect(lines).toContain("agent-vm fetch work");
  expect(lines).toContain("agent-vm trash drop a");
  expect(restoredLines({ ...wip, save: save("a"), onHost: true })).toHaveLength(2);
});
