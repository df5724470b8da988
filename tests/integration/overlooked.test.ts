// What git overlooks in a workspace is named before it goes, and comes back: files, commits and repositories.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createWorld, git, read, refused, type World, write } from "./guest.ts";
import { shell } from "./saving.ts";

let world: World;
let branch: string;
let at: string;
let count = 0;
const inside = (...rest: string[]) => join(at, ...rest);
/** Beside the workspaces, where the agent may put what it likes. */
const elsewhere = () => join(world.guestHome, `elsewhere-${branch}`);
const tip = (directory: string, ref = "HEAD") => git(directory, "rev-parse", ref);
const has = (directory: string, oid: string): boolean => {
  try {
    git(directory, "cat-file", "-e", oid);
    return true;
  } catch {
    return false;
  }
};

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.remove());
beforeEach(async () => {
  count += 1;
  branch = `work${count}`;
  await pushToWorkspace(world.ctx, branch);
  at = world.at(`shop-${branch}`);
  world.said.length = 0;
});

/** The workspace goes, said to hold `named`, and comes back. */
async function cleanAndRestore(named: string): Promise<void> {
  const { saves } = await cleanBranch(world.ctx, branch, false);
  expect(saves).toHaveLength(1);
  expect(existsSync(at)).toBe(false);
  expect(world.said.join("\n")).toContain(named);
  await restore(world.ctx, { branch });
}

/** An edit that leaves size and time of the file as they were; not in the second of the index, which git could not tell. */
function editUnseen(): void {
  git(at, "config", "core.trustctime", "false");
  git(at, "config", "core.checkStat", "minimal");
  const touch = "touch -d '2020-01-01 00:00:00' README.md";
  shell(at, `${touch}; git update-index --refresh; sleep 1.1; printf 'HELLO\n' >README.md; ${touch}`);
  expect(git(at, "status", "--porcelain")).toBe("");
}

describe("the workspace's own configuration hides no file and no edit", () => {
  test("when it goes: by case, by size and time, by the executable bit", async () => {
    git(at, "config", "core.ignoreCase", "true");
    git(at, "config", "core.fileMode", "false");
    shell(at, "chmod +x .gitignore");
    write(at, "readme.md", "mine\n");
    editUnseen();
    await cleanAndRestore("untracked: readme.md");
    for (const path of ["README.md", ".gitignore"])
      expect(world.said.join("\n")).toContain(`changed: ${path}`);
    expect([read(at, "readme.md"), read(at, "README.md")]).toEqual(["mine\n", "HELLO\n"]);
    shell(at, "test -x .gitignore");
  });

  test("when a push would write over it", async () => {
    editUnseen();
    git(world.repo, "checkout", "-q", branch);
    commit(world.repo, { "README.md": "theirs\n" });
    git(world.repo, "checkout", "-q", "main");
    expect((await refused(pushToWorkspace(world.ctx, branch))).details).toContain("changed: README.md");
    expect(read(at, "README.md")).toBe("HELLO\n");
  });
});

test("a path that is too long for git is named, and nothing is deleted", async () => {
  const deep = `perl -e 'my $name = "d" x 200; for (1 .. 25) { mkdir $name or die; chdir $name or die }
    open my $file, ">", "deep.txt" or die; print $file "deep\\n"; close $file'`;
  shell(at, deep);
  const error = await refused(cleanBranch(world.ctx, branch, false));
  expect(error.exit).toBe(EXIT.refused);
  expect(error.details.join("\n")).toContain("too long");
  expect(world.said.join("\n")).toContain("hidden from git status: dddd");
  expect(existsSync(inside("d".repeat(200)))).toBe(true);
  shell(at, "rm -r dddd*");
  expect((await cleanBranch(world.ctx, branch, false)).saves).toEqual([]);
});

describe("a commit is kept that", () => {
  /** Only its id is left. */
  const forgotten = () => git(at, "commit-tree", "-p", "HEAD", "-m", `forgotten in ${branch}`, "HEAD^{tree}");

  test("only a file beside the references names, or a graft hides", async () => {
    const hidden = commit(at, { hidden: "h\n" });
    git(at, "reset", "-q", "--hard", "HEAD~1");
    write(at, ".git/info/grafts", `${tip(at)} ${hidden}\n`);
    const beside = forgotten();
    write(at, ".git/ORIG_HEAD", `${beside}\n`);
    await cleanAndRestore("only a reflog names: 2");
    expect([has(at, hidden), has(at, beside)]).toEqual([true, true]);
  });

  test("an own reference of a linked worktree names, or what a rebase there put aside", async () => {
    git(at, "worktree", "add", "-q", "--detach", elsewhere());
    const oid = forgotten();
    git(elsewhere(), "update-ref", "refs/worktree/mine", oid);
    const stash = git(at, "commit-tree", "-p", "HEAD", "-m", `put aside in ${branch}`, "HEAD^{tree}");
    write(git(elsewhere(), "rev-parse", "--absolute-git-dir"), "rebase-merge/autostash", `${stash}\n`);
    await cleanAndRestore("linked worktree");
    expect([has(at, oid), has(at, stash)]).toEqual([true, true]);
  });
});

test("what is staged in a linked worktree in the middle of a merge is kept, with a split index, too", async () => {
  git(at, "worktree", "add", "-q", "-b", `side-${branch}`, elsewhere());
  commit(elsewhere(), { f: "side\n" });
  git(elsewhere(), "checkout", "-q", "-b", `top-${branch}`, "HEAD~1");
  commit(elsewhere(), { f: "top\n" });
  expect(() => git(elsewhere(), "merge", "-q", `side-${branch}`)).toThrow();
  git(elsewhere(), "update-index", "--split-index");
  write(elsewhere(), "staged", `staged in ${branch}\n`);
  git(elsewhere(), "add", "staged");
  write(elsewhere(), "meant", "to be added\n");
  git(elsewhere(), "add", "-N", "meant");
  const staged = tip(elsewhere(), ":staged");
  rmSync(join(elsewhere(), "staged"));
  await cleanAndRestore("linked worktree");
  expect(git(at, "cat-file", "blob", staged)).toBe(`staged in ${branch}`);
});

describe("a repository inside", () => {
  test("comes back as one when it is bare", async () => {
    git(at, "init", "-q", "--bare", "store.git");
    const empty = git(inside("store.git"), "hash-object", "-w", "-t", "tree", "/dev/null");
    const oid = git(inside("store.git"), "commit-tree", "-m", "stored", empty);
    git(inside("store.git"), "update-ref", "refs/heads/main", oid);
    git(inside("store.git"), "pack-refs", "--all");
    await cleanAndRestore("untracked: store.git/");
    expect(tip(inside("store.git"), "refs/heads/main")).toBe(oid);
  });

  test("is no part of what can be made again when it has work of its own", async () => {
    for (const name of ["own", "again", "changed", "linked"]) write(at, `node_modules/${name}/.keep`, "");
    const own = inside("node_modules/own");
    git(own, "init", "-q");
    const oid = commit(own, { f: "work\n" });
    for (const name of ["again", "changed"]) {
      rmSync(inside("node_modules", name), { recursive: true });
      git(at, "clone", "-q", own, inside("node_modules", name));
    }
    write(inside("node_modules/changed"), "f", "changed\n");
    rmSync(inside("node_modules/linked"), { recursive: true });
    git(at, "worktree", "add", "-q", "--detach", inside("node_modules/linked"));
    write(inside("node_modules/linked"), "new", "new\n");
    await cleanAndRestore("repository inside: ./node_modules/own/");
    expect(world.said.join("\n")).not.toContain("./node_modules/again/");
    expect(tip(own)).toBe(oid);
    expect(read(inside("node_modules/changed"), "f")).toBe("changed\n");
    expect(read(inside("node_modules/linked"), "new")).toBe("new\n");
    expect(existsSync(inside("node_modules/again"))).toBe(false);
  });

  test("has its content beside git's objects (git-annex), or its key", async () => {
    write(at, ".git/annex/objects/a/b/key", "content\n");
    write(at, ".git/git-crypt/keys/default", "key\n");
    await cleanAndRestore("kept beside git's objects: .git/annex/");
    expect(read(at, ".git/annex/objects/a/b/key")).toBe("content\n");
    expect(read(at, ".git/git-crypt/keys/default")).toBe("key\n");
  });
});

test("a cherry-pick of several commits that waits for the next one is named", async () => {
  git(at, "checkout", "-q", "-b", `picked-${branch}`);
  commit(at, { p: "1\n" });
  commit(at, { q: "1\n" });
  git(at, "checkout", "-q", branch);
  commit(at, { p: "2\n" });
  expect(() => git(at, "cherry-pick", `picked-${branch}~1`, `picked-${branch}`)).toThrow();
  git(at, "commit", "-q", "-a", "--allow-empty", "-m", "resolved");
  await cleanAndRestore("in progress: a cherry-pick or revert of several commits");
  expect(existsSync(inside(".git/sequencer"))).toBe(true);
});
