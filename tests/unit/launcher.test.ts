// The launcher: which build it takes for the sources as they are.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const TOP = join(import.meta.dirname, "../..");

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "launcher-"));
  for (const name of ["src", "scripts", "dist"]) mkdirSync(join(top, name));
  for (const name of ["agent-vm", "scripts/node-version.cjs"]) copyFileSync(join(TOP, name), join(top, name));
  for (const name of [
    "package.json",
    "package-lock.json",
    "scripts/build.mjs",
    "scripts/start.cjs",
    "src/a.ts",
    "src/b.ts",
  ])
    writeFileSync(join(top, name), name);
  // A build that tells where it lies.
  const tells = "console.log(__dirname)";
  writeFileSync(
    join(top, "scripts/prepare.sh"),
    `prepare() { mkdir -p "$build"; echo '${tells}' >"$build/main.cjs"; echo built >>"$top/log"; }`,
  );
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const build = () => basename(execFileSync(join(top, "agent-vm"), { encoding: "utf8" }).trim());
const builds = () => readFileSync(join(top, "log"), "utf8").trim().split("\n").length;

test("the same sources have the same build, made once", () => {
  const first = build();
  expect(first).toMatch(/^[0-9a-f]{16}$/);
  expect([build(), build()]).toEqual([first, first]);
  expect(builds()).toBe(1);
});

test("other sources have another build, however old their times are, and former ones their former", () => {
  const first = build();
  writeFileSync(join(top, "src/a.ts"), "src/A.ts");
  utimesSync(join(top, "src/a.ts"), 0, 0);
  const second = build();
  expect(second).not.toBe(first);
  rmSync(join(top, "src/b.ts"));
  const third = build();
  expect([first, second]).not.toContain(third);
  writeFileSync(join(top, "src/a.ts"), "src/a.ts");
  writeFileSync(join(top, "src/b.ts"), "src/b.ts");
  expect(build()).toBe(first);
  expect(builds()).toBe(3);
});
