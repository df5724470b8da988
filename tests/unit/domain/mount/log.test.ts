// The mount's log keeps its end when it has grown too large.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keepSmall } from "../../../../src/domain/mount/log.ts";

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "log-"));
});
afterEach(() => rmSync(place, { recursive: true }));

test("of a large one whole lines at the end stay", () => {
  const log = join(place, "mount.log");
  const lines = Array.from({ length: 40_000 }, (_, at) => `guard: no answer, number ${at}\n`).join("");
  writeFileSync(log, lines);
  keepSmall(log);
  const kept = readFileSync(log, "utf8");
  expect(lines.endsWith(kept)).toBe(true);
  expect(kept).toMatch(/^guard: /);
  expect(kept.length).toBeGreaterThan(250_000);
  expect(kept.length).toBeLessThan(300_000);
});

test("one line without an end goes, a small one and a missing one are left alone", () => {
  const log = join(place, "mount.log");
  keepSmall(log);
  expect(statSync(log, { throwIfNoEntry: false })).toBeUndefined();
  writeFileSync(log, "small\n");
  keepSmall(log);
  expect(readFileSync(log, "utf8")).toBe("small\n");
  writeFileSync(log, "x".repeat(2_000_000));
  keepSmall(log);
  expect(statSync(log).size).toBeLessThan(300_000);
});
