// Commits of submodules that are held by their ids: let go only where a reference that stays has them, over real git.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inClone } from "../../src/domain/submodules/home/names.ts";
import { dropSpare } from "../../src/domain/submodules/home/receive.ts";
import { commit, createContext, createRepository, git } from "./guest.ts";

const REFS = inClone("shop-work");
let base: string;
let clone: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "av-"));
  clone = createRepository(join(base, "clone"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

test.each([
  ["a branch of the host's", "refs/heads/mine", true],
  ["a tag", "refs/tags/mine", true],
  ["what a remote has", "refs/remotes/origin/mine", true],
  ["a branch of the workspace", `${REFS}heads/mine`, true],
  ["a later commit that is held", `${REFS}commits/`, false],
  ["what was in step last, which moves on with the next", `${REFS}synced/work`, false],
  ["what was in step last with another workspace", "refs/agent-vm/shop-other/synced/other", false],
  ["what was in step last, without a clone", "refs/agent-vm/shop-other/submodules/12/synced/other", false],
  ["HEAD, which goes where the files go", undefined, false],
])("one that is reachable from %s", async (_, ref, goes) => {
  git(clone, "checkout", "-q", "--detach");
  const oid = commit(clone, { "a.txt": "1\n" });
  git(clone, "update-ref", `${REFS}commits/${oid}`, oid);
  const above = commit(clone, { "b.txt": "2\n" });
  if (ref !== undefined) git(clone, "update-ref", ref.endsWith("/") ? ref + above : ref, above);
  const target = { configFile: "", alias: "", adminAlias: "" };
  const ctx = createContext({ hostHome: base, repo: clone, said: [], target });
  await dropSpare(ctx, clone, REFS);
  const names = git(clone, "for-each-ref", "--format=%(refname)").split("\n");
  expect(names.includes(`${REFS}commits/${oid}`)).toBe(!goes);
});
