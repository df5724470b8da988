// Names of branches that are taken without asking git: git takes each of them.
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { branchProblem, isPlainBranchName } from "../../../../src/domain/workspace/names.ts";

test.each([
  "feature-x",
  "feature/login-2",
  "a/b/c_d",
  "1",
  "_",
  "refs/heads/x",
  "heads/a",
  "a/HEAD",
  "FETCH_HEAD",
  "0".repeat(40),
])("git takes %s", (name) => {
  expect(isPlainBranchName(name)).toBe(true);
  expect(execFileSync("git", ["check-ref-format", "--branch", name], { encoding: "utf8" })).toBe(`${name}\n`);
});

test.each([
  "",
  "-",
  "-a",
  "a-",
  "a--b",
  "/a",
  "a/",
  "a//b",
  "a/-b",
  "a.lock",
  "a..b",
  "@",
  "@{-1}",
  "ü",
  "a b",
  "a\n",
  "v1.2",
])("%j is left to git", (name) => expect(isPlainBranchName(name)).toBe(false));

test("HEAD is refused before", () => {
  expect(branchProblem("HEAD")).toBeDefined();
});
