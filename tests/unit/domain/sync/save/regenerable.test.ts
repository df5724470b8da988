// The expression for ignored files that can be made again, asked of the grep that reads it.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { settingsSchema } from "../../../../../src/domain/settings.ts";
import { loadRegenerable, regenerableExpression } from "../../../../../src/domain/sync/save/regenerable.ts";

/** Those of the paths that the expression matches. */
function matched(expression: string, paths: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync("grep", ["-zaE", "-e", expression], {
    input: paths.map((path) => `${path}\0`).join(""),
    env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C" },
  });
  expect(stderr.toString()).toBe("");
  expect(status).toBeLessThan(2);
  return stdout.toString().split("\0").slice(0, -1);
}

describe("a pattern", () => {
  const cases: [string, string[], string[]][] = [
    [
      "node_modules/",
      ["node_modules/a", "sub/node_modules/x/.env", "node_modules/"],
      ["node_modules", "my_node_modules/a", "node_modules2/a", "a/node_modules.txt"],
    ],
    ["*.pyc", ["a.pyc", "sub/b.pyc", "dir.pyc/c"], ["apyc", "a.pyc.txt", "pyc"]],
    ["/top", ["top", "top/a"], ["sub/top", "topper"]],
    [
      ".yarn/cache/",
      [".yarn/cache/a", "sub/.yarn/cache/a"],
      [".yarn/a", ".yarn/releases/cache", "yarn/cache/a"],
    ],
    ["a?c", ["abc", "x/a.c"], ["ac", "a/c", "abbc"]],
    ["we{ir}d(1)+|$[x]^\\.", ["we{ir}d(1)+|$[x]^\\.", "d/we{ir}d(1)+|$[x]^\\./f"], ["weird1", "$", ""]],
    ["-e", ["-e"], ["e", "-"]],
    ["päck", ["päck", "ä/päck/ä"], ["pack"]],
  ];
  test.each(cases)("%s", (pattern, hits, misses) => {
    expect(matched(regenerableExpression([pattern]), [...hits, ...misses])).toEqual(hits);
  });
});

test("comments, empty lines and a lone slash match nothing, and nothing is no expression that matches all", () => {
  for (const none of [[], ["", "  ", "# node_modules", "/", "//"]]) {
    expect(matched(regenerableExpression(none), ["a", "node_modules/a", "# node_modules", "a\n/b"])).toEqual(
      [],
    );
  }
});

test("the list: what tools make again is in it, what may be somebody's work is not; a user adds to it", async () => {
  const made = ["node_modules/x.js", "a/target/debug/x", ".venv/bin/python", "a/__pycache__/b.pyc"];
  const work = [
    ".env",
    "build/release.zip",
    "dist/a",
    "target",
    "notes/targets/a",
    "vendor/blob.o",
    "out/x",
    ".cache/a",
  ];
  const list = { programDir: resolve(import.meta.dirname, "../../../../..") };
  const plain = await loadRegenerable({ ...list, settings: settingsSchema.parse({}) });
  expect(matched(plain, [...made, ...work])).toEqual(made);
  const more = await loadRegenerable({ ...list, settings: settingsSchema.parse({ regenerable: ["dist/"] }) });
  expect(matched(more, [...made, ...work])).toEqual([...made, "dist/a"]);
});
