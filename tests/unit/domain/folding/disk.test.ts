import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { foldsNames } from "../../../../src/domain/folding/disk.ts";

test("a second file with the other spelling is no sign of a disk that folds", () => {
  const directory = mkdtempSync(join(tmpdir(), "av-disk-"));
  try {
    writeFileSync(join(directory, "config"), "");
    writeFileSync(join(directory, "CONFIG"), "");
    expect(foldsNames(directory, "config")).toBe(readdirSync(directory).length === 1);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
