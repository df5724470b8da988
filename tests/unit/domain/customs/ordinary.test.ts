// Ordinary work is not asked about: of two hundred ordinary changes at most one in fifty.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { changeOf, classify, everything } from "./a-change.ts";

const bytes = (path: string) => Buffer.from(path, "utf8").toString("latin1");
const sets = readFileSync(join(import.meta.dirname, "ordinary-changes.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [, kind = "", paths = ""] = /^(\w+): (.+)$/.exec(line) ?? [];
    const changes = paths.split(" ").map((word) => {
      const path = bytes(word.replace(/^\+x:/, ""));
      return changeOf(word.startsWith("+x:") ? { path, mode: "100755" } : path);
    });
    return { kind, line, changes };
  });

const asks = ({ changes }: Pick<(typeof sets)[number], "changes">) =>
  // A host with every editor, agent, driver and hook manager.
  classify(changes, everything(["tools/git-hooks/"]), { add: [], mute: [] }).some((one) => one.asks);

test("there are two hundred of many kinds", () => {
  expect(sets.length).toBeGreaterThanOrEqual(200);
  expect(new Set(sets.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(25);
  expect(new Set(sets.map(({ line }) => line)).size).toBe(sets.length);
});

test("at most one in fifty is asked about", () => {
  const asked = sets.filter(asks).map(({ line }) => line);
  expect(asked.length / sets.length, asked.join("\n")).toBeLessThanOrEqual(0.02);
});

test("each of them is asked about when a hook comes with it", () => {
  const quiet = sets.filter(({ changes }) => !asks({ changes: [...changes, changeOf(".husky/post-merge")] }));
  expect(quiet).toEqual([]);
});
