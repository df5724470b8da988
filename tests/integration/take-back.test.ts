// After a step that git could not finish: only what is git's own goes, and what anybody else wrote stays and is named.
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { beforeMove, takeBack } from "../../src/domain/sync/fetch/take-back.ts";
import { rawDiff } from "../../src/domain/sync/push/overwriting.ts";
import { commit, createContext, createRepository, git, read, write } from "./guest.ts";

const OLD = { "changed.txt": "old\n", "gone.txt": "old, too\n" };
const COMING = "what comes, and more of it\n";

let base: string;
let repo: string;
let ctx: Context;
let commits: [from: string, to: string];
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "av-")));
  repo = createRepository(join(base, "repo"));
  const from = commit(repo, OLD);
  git(repo, "rm", "-q", "gone.txt");
  const to = commit(repo, { "changed.txt": COMING, "new/file.txt": COMING });
  git(repo, "reset", "-q", "--hard", from);
  commits = [from, to];
  const target = { configFile: "", alias: "vm", adminAlias: "" };
  ctx = createContext({ hostHome: base, repo, said: [], target });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** What is not as it was when `during` is all that git, and others, came to. */
async function after(during: () => void, before = () => {}): Promise<string[]> {
  before();
  const begun = beforeMove(repo, await rawDiff(ctx, repo, ...commits));
  during();
  return takeBack(ctx, begun);
}
const clean = () => expect(git(repo, "status", "--porcelain")).toBe("");

test("what git has half written, written or removed is as it was", async () => {
  const left = await after(() => {
    write(repo, "changed.txt", COMING.slice(0, 8));
    write(repo, "new/file.txt", COMING);
    rmSync(join(repo, "gone.txt"));
  });
  expect(left).toEqual([]);
  expect(existsSync(join(repo, "new"))).toBe(false);
  expect(read(repo, "gone.txt")).toBe("old, too\n");
  clean();
});

test("what somebody wrote in that moment stays, and is named", async () => {
  const left = await after(() => {
    write(repo, "changed.txt", "mine\n");
    write(repo, "new/file.txt", "mine, too\n");
  });
  expect(left.sort()).toEqual(["changed.txt", "new/file.txt"]);
  expect([read(repo, "changed.txt"), read(repo, "new/file.txt")]).toEqual(["mine\n", "mine, too\n"]);
});

test("what lay there before is not git's, whatever it holds now", async () => {
  const mine = () => write(repo, "new/file.txt", "mine\n");
  expect(await after(() => write(repo, "new/file.txt", ""), mine)).toEqual([]);
  expect(read(repo, "new/file.txt")).toBe("");
});

test("what is tracked by now is not git's to take away", async () => {
  const left = await after(() => {
    write(repo, "new/file.txt", COMING);
    git(repo, "add", "new/file.txt");
  });
  expect(left).toEqual([]);
  expect(read(repo, "new/file.txt")).toBe(COMING);
});

test("an old file that cannot come back is named", async () => {
  const left = await after(() => {
    rmSync(join(repo, "gone.txt"));
    write(repo, ".git/index.lock", "");
    write(repo, ".git/info/attributes", "gone.txt filter=none\n");
    git(repo, "config", "filter.none.smudge", "false");
    git(repo, "config", "filter.none.required", "true");
  });
  expect(left).toEqual(["gone.txt"]);
});
