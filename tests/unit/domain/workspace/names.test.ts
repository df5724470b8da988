// The mapping of (repository, branch) to directories: safe everywhere and never the same for two pairs.
import { describe, expect, test } from "vitest";
import {
  type BranchName,
  branchProblem,
  isWorkspaceDir,
  type Pair,
  workspaceDir,
} from "../../../../src/domain/workspace/names.ts";

const pair = (repoName: string, branch: string, repoId = "1".repeat(32)): Pair => ({
  repoName,
  repoId,
  branch: branch as BranchName,
});
const free = () => false;

describe("workspaceDir", () => {
  test("keeps plain names", () => {
    expect(workspaceDir(pair("shop", "feature-x"), free)).toBe("shop-feature-x");
    expect(workspaceDir(pair("my.repo_1", "v1.2"), free)).toBe("my.repo_1-v1.2");
  });

  test.each([
    ["shop", "feature/x"],
    ["shop", "a..b"],
    ["shop", "ü"],
    ["-x", "a"],
    [".hidden", "a"],
    ["shop", "x.git"],
    ["shop", "x.GIT"],
    ["shop", "x.lock"],
    ["shop", "x.0123456789ab"],
    ["shop", "y".repeat(100)],
    ["", ""],
    ["../..", "$(id)"],
  ])("gives %j and %j a hashed name", (repo, branch) => {
    const dir = workspaceDir(pair(repo, branch), free);
    expect(dir).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]*\.[0-9a-f]{12}$/);
    expect(dir).not.toBe(`${repo}-${branch}`);
    expect(isWorkspaceDir(dir)).toBe(true);
  });

  test("never gives a name that is taken", () => {
    const dir = workspaceDir(pair("proj-a", "b"), (name) => name === "proj-a-b");
    expect(dir).toMatch(/^proj-a-b\.[0-9a-f]{12}$/);
  });

  test("finds a name even for a branch that was chosen for its digits", () => {
    const first = workspaceDir(pair("shop", "a/b"), free);
    const second = workspaceDir(pair("shop", "a/b"), (name) => name === first);
    expect(second).toMatch(/^shop-a-b\.[0-9a-f]{12}$/);
    expect(second).not.toBe(first);
  });

  test("never gives two pairs one name: adversarial families", () => {
    const parts = [
      "a",
      "b",
      "a-b",
      "A",
      "a/b",
      "a.b",
      "a_b",
      "a;b",
      "$(id)",
      "é",
      "e\u0301",
      "\u202ea",
      "x".repeat(200),
    ];
    const taken = new Set<string>();
    let pairs = 0;
    for (const [index, repo] of parts.entries()) {
      for (const branch of parts) {
        for (const clone of [0, 1]) {
          const id = String(100 + 2 * index + clone).padStart(32, "0");
          const dir = workspaceDir(pair(repo, branch, id), (name) => taken.has(name.toLowerCase()));
          expect(isWorkspaceDir(dir)).toBe(true);
          expect(taken.has(dir.toLowerCase())).toBe(false);
          taken.add(dir.toLowerCase());
          pairs += 1;
        }
      }
    }
    expect(taken.size).toBe(pairs);
    expect(pairs).toBeGreaterThan(246);
  });
});

test.each(["", ".", "..", "a/b", "a..b", "-a", "a b", "a\n", "a\0", "a.", "x.git", "é", "a".repeat(121)])(
  "%j is no workspace's directory",
  (name) => expect(isWorkspaceDir(name)).toBe(false),
);

test("branchProblem names what git would not say clearly", () => {
  for (const bad of ["", "-x", "HEAD", "a/".concat("x".repeat(251)), "a\ufffd", "🦊".repeat(63)]) {
    expect(branchProblem(bad)).toBeTypeOf("string");
  }
  for (const good of ["a", "feature/x", "x".repeat(200), "$(id)"])
    expect(branchProblem(good)).toBeUndefined();
});
