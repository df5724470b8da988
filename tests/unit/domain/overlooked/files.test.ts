// Which files of a work tree git names nowhere: the guest's own words, over lists and a directory.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UNSEEN_FILES } from "../../../../src/domain/overlooked/guest/files.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "av-unseen-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const LISTS = ["found", "tracked", "untracked", "ignored", "submodules"] as const;

/** Every path that was found is a file there, but for what is `gone`. */
function unseen(lists: Partial<Record<(typeof LISTS)[number], string[]>>, gone: string[] = []): string[] {
  for (const name of LISTS) {
    const paths = [...(lists[name] ?? [])].sort();
    writeFileSync(join(directory, `=${name}`), paths.map((path) => `${path}\0`).join(""));
  }
  for (const path of lists.found ?? []) {
    if (gone.includes(path)) continue;
    mkdirSync(join(directory, path, ".."), { recursive: true });
    writeFileSync(join(directory, path), "");
  }
  const script = `export LC_ALL=C\n${UNSEEN_FILES}\nunseen_files =found =tracked =untracked =ignored =submodules`;
  const { stdout, status, stderr } = spawnSync("sh", ["-c", script], { cwd: directory, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout.split("\0").filter(Boolean);
}

test("those that no list has", () => {
  const found = ["a", "b/c", "b/d\n e", "ignored", "left"];
  expect(unseen({ found, tracked: ["a"], untracked: ["b/c", "b/d\n e"], ignored: ["ignored"] })).toEqual([
    "left",
  ]);
});

test("not what lies in a repository or a submodule, which are looked at by themselves", () => {
  const found = ["in/x", "in/y/z", "inside", "lib/f", "own/.git/HEAD", "deep/own/.git", "in.git/x"];
  const lists = { found, untracked: ["in/"], submodules: ["lib/"] };
  expect(unseen(lists)).toEqual(["in.git/x", "inside"]);
});

test("not what is gone by then", () => {
  expect(unseen({ found: ["gone", "there", "gone too/x"] }, ["gone", "gone too/x"])).toEqual(["there"]);
});
