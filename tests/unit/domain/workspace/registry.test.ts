// The map of workspaces: 246 hostile pairs in one VM, each with a directory of its own that is safe everywhere.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { parseVmName, pathsFor } from "../../../../src/domain/paths.ts";
import { branchTip, parseBranch } from "../../../../src/domain/workspace/branch.ts";
import { type BranchName, isWorkspaceDir } from "../../../../src/domain/workspace/names.ts";
import {
  findWorkspace,
  forgetWorkspace,
  listWorkspaces,
  reserveWorkspace,
  type Workspace,
} from "../../../../src/domain/workspace/registry.ts";
import type { Repository } from "../../../../src/domain/workspace/repository.ts";
import { contextIn, git, newHome } from "./a-host.ts";
import { HOSTILE_PAIRS, idOf } from "./hostile-names.ts";

const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,118}$/;
const distinct = (words: readonly string[]) => new Set(words).size;

describe("246 hostile pairs in one VM", () => {
  let home: string;
  let ctx: Context;
  let made: Workspace[];
  beforeAll(async () => {
    home = newHome();
    ctx = contextIn(home);
    made = [];
    for (const pair of HOSTILE_PAIRS) {
      const branch = await parseBranch(ctx, pair.branch);
      made.push(await reserveWorkspace(ctx, { repoName: pair.repo, repoId: idOf(pair), branch }));
    }
  }, 120_000);
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  test("are 246, and git takes every branch as it is", { timeout: 60_000 }, () => {
    expect(HOSTILE_PAIRS).toHaveLength(246);
    expect(distinct(HOSTILE_PAIRS.map((one) => JSON.stringify([idOf(one), one.branch])))).toBe(246);
    for (const { branch } of HOSTILE_PAIRS)
      expect(git("/", "check-ref-format", "--branch", branch)).toBe(branch);
  });

  test("have 246 directories, however a file system compares names", () => {
    const dirs = made.map((one) => one.dir);
    expect(distinct(dirs)).toBe(246);
    expect(distinct(dirs.map((dir) => dir.toLowerCase()))).toBe(246);
    for (const form of ["NFC", "NFD", "NFKC", "NFKD"])
      expect(distinct(dirs.map((dir) => dir.normalize(form).toLowerCase()))).toBe(246);
    // A url's "x" and "x.git" are one repository.
    expect(distinct(dirs.map((dir) => dir.toLowerCase().replace(/\.git$/, "")))).toBe(246);
  });

  test("have names that are safe in paths, urls, references and shells", { timeout: 60_000 }, () => {
    for (const { dir } of made) {
      expect(dir).toMatch(SAFE);
      expect(isWorkspaceDir(dir)).toBe(true);
      expect(dir).not.toMatch(/\.\.|\.$|\.git$|\.lock$/i);
      expect(git("/", "check-ref-format", "--branch", dir)).toBe(dir);
    }
  });

  test("are found again by the pair, from the file", async () => {
    expect(await listWorkspaces(ctx)).toEqual(made);
    for (const [index, pair] of HOSTILE_PAIRS.entries()) {
      const found = await findWorkspace(ctx, idOf(pair), pair.branch as BranchName);
      expect(found).toEqual(made[index]);
      expect(found).toMatchObject({ repoName: pair.repo, branch: pair.branch });
    }
  }, 30_000);

  test("stay where they are when they are asked for again, in another order and at once", async () => {
    const again = await Promise.all(
      [...HOSTILE_PAIRS].reverse().map((pair) => {
        const branch = pair.branch as BranchName;
        return reserveWorkspace(ctx, { repoName: pair.repo, repoId: idOf(pair), branch });
      }),
    );
    expect(again.reverse()).toEqual(made);
    expect(await listWorkspaces(ctx)).toHaveLength(246);
  }, 30_000);
});

describe("the map", () => {
  let home: string;
  let ctx: Context;
  beforeEach(() => {
    home = newHome();
    ctx = contextIn(home);
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));
  const id = "1".repeat(32);
  const reserve = (repoName: string, branch: string, repoId = id) =>
    reserveWorkspace(ctx, { repoName, repoId, branch: branch as BranchName });

  test("keeps a pair when its repository is renamed", async () => {
    const before = await reserve("shop", "work");
    expect(await reserve("store", "work")).toEqual(before);
    expect((await reserve("store", "other")).dir).toBe("store-other");
  });

  test("gives pairs that come at once a directory each", async () => {
    const ids = Array.from({ length: 6 }, (_, index) => String(index).padStart(32, "0"));
    const made = await Promise.all(ids.map((one) => reserve("shop", "work", one)));
    expect(distinct(made.map((one) => one.dir))).toBe(6);
    expect(await listWorkspaces(ctx)).toHaveLength(6);
  });

  test("frees a name only when its workspace is gone", async () => {
    const first = await reserve("proj-a", "b");
    const second = await reserve("proj", "a-b", "2".repeat(32));
    expect([first.dir, second.dir]).toEqual(["proj-a-b", expect.stringMatching(/^proj-a-b\.[0-9a-f]{12}$/)]);
    await forgetWorkspace(ctx, first.dir);
    expect((await reserve("proj", "a-b", "2".repeat(32))).dir).toBe(second.dir);
    expect((await reserve("proj-a", "b")).dir).toBe("proj-a-b");
  });

  test("gives a repository's workspaces in two VMs two directories; what is known of them lies side by side", async () => {
    const paths = pathsFor(parseVmName("agent-vm-two"), { uid: ctx.uid, env: ctx.env });
    const second = { ...ctx, paths };
    const branch = "work" as BranchName;
    const first = await reserve("shop", "work");
    const other = await reserveWorkspace(second, { repoName: "shop", repoId: id, branch });
    expect([first.dir, other.dir]).toEqual(["shop-work", expect.stringMatching(/^shop-work\.[0-9a-f]{12}$/)]);
    // Another repository's knowledge lies elsewhere.
    const twin = await reserveWorkspace(second, { repoName: "shop", repoId: "2".repeat(32), branch });
    expect(twin.dir).toBe("shop-work");
    writeFileSync(ctx.paths.workspaces, "damaged");
    const again = await reserveWorkspace(second, { repoName: "shop", repoId: id, branch: "x" as BranchName });
    expect(again.dir).toBe("shop-x");
  });

  test.each([
    ["a directory elsewhere", { dir: "../../precious" }],
    ["an id that is a path", { repoId: "../../../x" }],
    ["no branch", { branch: undefined }],
  ])("with %s is not believed, and stays as it is", async (_, change) => {
    const one = await reserve("shop", "work");
    const text = JSON.stringify({ version: 1, workspaces: [{ ...one, ...change }] });
    writeFileSync(ctx.paths.workspaces, text);
    await expect(listWorkspaces(ctx)).rejects.toThrow("is not what agent-vm wrote");
    await expect(reserve("shop", "other")).rejects.toThrow("is not what agent-vm wrote");
    expect(readFileSync(ctx.paths.workspaces, "utf8")).toBe(text);
  });
});

test("a branch is the one of that very name, whatever else git would take for it", async () => {
  const home = newHome();
  const ctx = contextIn(home);
  const directory = `${home}/shop`;
  git(home, "init", "-q", directory);
  git(directory, "commit", "-q", "--allow-empty", "-m", "first");
  git(directory, "update-ref", "refs/heads/refs/heads/x", "HEAD");
  git(directory, "update-ref", "refs/heads/y/z", "HEAD");
  git(directory, "update-ref", "refs/tags/refs/heads/t", "HEAD");
  const tip = (name: string) => branchTip(ctx, { directory } as Repository, name as BranchName);
  const head = git(directory, "rev-parse", "HEAD");
  for (const name of ["main", "refs/heads/x", "y/z"]) expect(await tip(name)).toBe(head);
  for (const name of ["x", "heads/x", "y", "t", "HEAD"]) expect(await tip(name)).toBeUndefined();
  rmSync(home, { recursive: true, force: true });
}, 30_000);
