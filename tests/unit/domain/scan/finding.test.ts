import { expect, test } from "vitest";
import {
  byLevel,
  digestOf,
  findingOf,
  previewOf,
  stops,
  wordsOf,
} from "../../../../src/domain/scan/finding.ts";
import { findingLine, findingLines, skippedLines } from "../../../../src/domain/scan/text.ts";
import { githubToken, privateKey } from "./secrets.ts";

test.each([
  ["a token", githubToken(), "ghp_… (40 characters)"],
  ["a short value", "hunter2!", "… (8 characters)"],
  ["a value of 16", "abcdefghijklmnop", "abc… (16 characters)"],
  ["control characters", `\u001b]0;x\u0007${"y".repeat(30)}`, "^[]0;… (36 characters)"],
])("%s is shown by its beginning and length", (_name, value, shown) => expect(previewOf(value)).toBe(shown));

test("a finding holds nothing of its value but the preview and a digest", () => {
  const value = githubToken();
  const found = findingOf(
    { commit: "c".repeat(40), path: "src/\u001b[31m.ts" },
    { rule: "r", level: "high", value, line: 3 },
  );
  const text = JSON.stringify(found) + findingLine(found);
  for (let at = 0; at + 6 <= value.length; at += 1) expect(text).not.toContain(value.slice(at, at + 6));
  expect(found.path).toBe("src/^[[31m.ts");
  expect(found.digest).toBe(digestOf("src/\u001b[31m.ts", value));
  expect(digestOf("other", value)).not.toBe(found.digest);
  expect(digestOf("src/\u001b[31m.ts", githubToken(2))).not.toBe(found.digest);
});

test("a path is shown as text and a message by its name", () => {
  const match = { rule: "r", level: "high", value: "v", line: 1 } as const;
  const bytes = Buffer.from("ä.txt").toString("latin1");
  expect(findingOf({ commit: "c", path: bytes }, match).path).toBe("ä.txt");
  expect(findingOf({ commit: "c", path: "" }, match).path).toBe("(the commit's message)");
});

test.each([
  ["generic-api-key", "lima/go.sum", "low"],
  ["assigned-in-quotes", "web/yarn.lock", "low"],
  ["assigned-in-quotes", "go.sum.ts", "medium"],
  ["github-token", "yarn.lock", "medium"],
])("a guess (%s) in %s is %s", (rule, path, level) => {
  const found = findingOf({ commit: "c", path }, { rule, level: "medium", value: "v", line: 1 });
  expect(found.level).toBe(level);
});

const finding = (level: "high" | "medium" | "low", line: number) =>
  findingOf({ commit: "c".repeat(40), path: "a" }, { rule: "r", level, value: "v", line });

test("the gravest come first, and low ones stop nothing", () => {
  const sorted = byLevel([finding("low", 1), finding("high", 2), finding("medium", 3), finding("high", 4)]);
  expect(sorted.map((one) => one.line)).toEqual([2, 4, 3, 1]);
  expect(sorted.map(stops)).toEqual([true, true, true, false]);
});

test("lists are capped", () => {
  const many = Array.from({ length: 30 }, (_, index) => finding("high", index));
  expect(findingLines(many)).toHaveLength(21);
  expect(findingLines(many).at(-1)).toBe("… and 10 more");
  expect(skippedLines(Array.from({ length: 7 }, () => "f"))).toHaveLength(6);
});

test("a key of several lines is hidden line by line", () => {
  const words = wordsOf(privateKey());
  for (const line of privateKey().split("\n").slice(1, -2)) expect(words).toContain(line);
});
