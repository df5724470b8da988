// Deleting workspaces over real git and a real sshd: only what exists elsewhere too, unless it is forced.
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cleanAll, cleanBranch } from "../../src/domain/sync/clean.ts";
import { fetchBranch } from "../../src/domain/sync/fetch.ts";
import { describeWorkspaces } from "../../src/domain/workspace/describe.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { listWorkspaces } from "../../src/domain/workspace/registry.ts";
import { refuseUnsavedWork } from "../../src/domain/workspace/unsaved.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createRepository, createWorld, git, read, refused, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await pushToWorkspace(world.ctx, "work");
});
afterEach(() => world.remove());

const clean = (force = false) => cleanBranch(world.ctx, "work", force);
const inGuest = (...rest: string[]) => world.at("shop-work", ...rest);
const workspaces = () => readdirSync(join(world.guestHome, "workspace"));

test("a workspace without work of its own is deleted, after a yes", async () => {
  const silent = { ...world.ctx, flags: { yes: false } };
  const error = await refused(cleanBranch(silent, "work", false));
  expect(error.exit).toBe(EXIT.refused);
  expect(error.hint).toContain("--yes");
  expect(existsSync(inGuest())).toBe(true);

  await clean();
  expect(workspaces()).toEqual([]);
  expect(await listWorkspaces(world.ctx)).toEqual([]);
  expect(git(world.repo, "rev-parse", "work")).toBe(git(world.repo, "rev-parse", "main"));
  await pushToWorkspace(world.ctx, "work");
  expect(read(inGuest(), "README.md")).toBe("hello\n");
});

describe("it is refused by name for", () => {
  const cases: [string, () => void, string][] = [
    ["a commit", () => commit(inGuest(), { "a.txt": "1" }), "branch work at"],
    [
      "a commit on another branch",
      () => {
        git(inGuest(), "checkout", "-q", "-b", "side");
        commit(inGuest(), { "a.txt": "1" });
        git(inGuest(), "checkout", "-q", "work");
      },
      "branch side at",
    ],
    [
      "a commit on a detached HEAD",
      () => {
        git(inGuest(), "checkout", "-q", "--detach");
        commit(inGuest(), { "a.txt": "1" });
      },
      "detached HEAD",
    ],
    [
      "a tag on a commit of its own",
      () => {
        git(inGuest(), "checkout", "-q", "--detach");
        commit(inGuest(), { "a.txt": "1" });
        git(inGuest(), "tag", "keep");
        git(inGuest(), "checkout", "-q", "work");
      },
      "tag keep",
    ],
    [
      "a stash",
      () => {
        write(inGuest(), "README.md", "edit\n");
        git(inGuest(), "stash", "-q");
      },
      "stashes: 1",
    ],
    ["a changed file", () => write(inGuest(), "README.md", "edit\n"), "changed: README.md"],
    [
      "a staged file",
      () => {
        write(inGuest(), "staged.txt", "s\n");
        git(inGuest(), "add", "staged.txt");
      },
      "changed: staged.txt",
    ],
    ["an untracked file", () => write(inGuest(), "new dir/x.txt", "x\n"), "untracked: new dir/"],
    ["an ignored file", () => write(inGuest(), ".env", "secret\n"), "ignored: .env"],
    [
      "an edit that git was told not to look at",
      () => {
        git(inGuest(), "update-index", "--assume-unchanged", "README.md");
        write(inGuest(), "README.md", "edit\n");
      },
      "hidden from git status: README.md",
    ],
    [
      "a linked worktree",
      () => {
        git(inGuest(), "worktree", "add", "-q", "--detach", join(world.guestHome, "other place"));
      },
      "other place",
    ],
    ["a merge in progress", () => write(inGuest(), ".git/MERGE_HEAD", `${"0".repeat(40)}\n`), "a merge"],
    ["a repository that cannot be read", () => write(inGuest(), ".git/HEAD", "nonsense\n"), "cannot read"],
    [
      "work hidden by the workspace's own configuration",
      () => {
        mkdirSync(join(world.guestHome, "empty"));
        git(inGuest(), "config", "core.worktree", join(world.guestHome, "empty"));
        git(inGuest(), "config", "status.showUntrackedFiles", "no");
        write(inGuest(), "new.txt", "n\n");
      },
      "untracked: new.txt",
    ],
  ];
  test.each(cases)("%s", async (_, plant, named) => {
    plant();
    const error = await refused(clean());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.details.join("\n")).toContain(named);
    const all = await refused(cleanAll(world.ctx, false));
    expect(all.details.join("\n")).toContain(named);
    const destroy = await refused(world.ctx.target().then((target) => refuseUnsavedWork(world.ctx, target)));
    expect(destroy.details.join("\n")).toContain(named);
    expect(existsSync(inGuest())).toBe(true);

    await clean(true);
    expect(workspaces()).toEqual([]);
  });
});

test("a commit that merely lies in the host's object store is not safe there", async () => {
  commit(inGuest(), { "a.txt": "1" });
  await fetchBranch(world.ctx, "work");
  git(world.repo, "update-ref", "-d", "refs/heads/work");
  git(world.repo, "update-ref", "-d", "refs/agent-vm/shop-work/heads/work");
  expect((await refused(clean())).details.join()).toContain("branch work");
});

test("what was fetched is safe, also when the branch could not be moved", async () => {
  commit(inGuest(), { "a.txt": "1" });
  git(world.repo, "checkout", "-q", "work");
  commit(world.repo, { "b.txt": "2" });
  await refused(fetchBranch(world.ctx, "work"));
  await clean();
  expect(workspaces()).toEqual([]);
});

test("without the host's repository everything counts as work", async () => {
  const { renameSync } = await import("node:fs");
  renameSync(world.repo, `${world.repo}-gone`);
  const error = await refused(world.ctx.target().then((target) => refuseUnsavedWork(world.ctx, target)));
  expect(error.details.join()).toContain("branch work");
});

test("clean-all names what the host's map does not know, and deletes it only by force", async () => {
  await pushToWorkspace(world.ctx, "other");
  write(world.at("mystery"), "x.txt", "x\n");
  const error = await refused(cleanAll(world.ctx, false));
  expect(error.details.join("\n")).toContain("mystery (not known to this host)");
  expect(workspaces().sort()).toEqual(["mystery", "shop-other", "shop-work"]);

  mkdirSync(world.at("odd name; $(touch pwned)"));
  const { removed, leftAlone } = await cleanAll(world.ctx, true);
  expect(removed.sort()).toEqual(["mystery", "shop-other", "shop-work"]);
  expect(leftAlone).toEqual(["odd name; $(touch pwned)"]);
  expect(workspaces()).toEqual(["odd name; $(touch pwned)"]);
});

test("what an interrupted deletion left is no work, and goes with the next one", async () => {
  write(world.at(".agent-vm.trash.shop-old.1"), "x.txt", "x\n");
  await clean();
  expect(workspaces()).toEqual([]);
});

test("clean-all makes no VM to find nothing in it", async () => {
  await clean();
  const target = () => Promise.reject(new Error("the VM was woken"));
  expect(await cleanAll({ ...world.ctx, target }, false)).toEqual({ removed: [], leftAlone: [] });
});

test("read-only directories go, and a link is removed without what it points to", async () => {
  write(inGuest(), "cache/mod/file.txt", "x\n");
  chmodSync(inGuest("cache/mod"), 0o500);
  write(world.guestHome, "precious/file.txt", "p\n");
  symlinkSync(join(world.guestHome, "precious"), inGuest("link"));
  await clean(true);
  expect(workspaces()).toEqual([]);
  expect(read(world.guestHome, "precious/file.txt")).toBe("p\n");
});

test("a workspace replaced by a link is not followed", async () => {
  write(world.guestHome, "precious/file.txt", "p\n");
  const { rmSync } = await import("node:fs");
  rmSync(inGuest(), { recursive: true });
  symlinkSync(join(world.guestHome, "precious"), inGuest());
  expect((await refused(clean())).details.join()).toContain("not a git repository");
  await clean(true);
  expect(read(world.guestHome, "precious/file.txt")).toBe("p\n");
});

test("status tells verdict and counts of every workspace, and names what it does not know", async () => {
  const second = createRepository(join(world.hostHome, "tool"));
  await pushToWorkspace({ ...world.ctx, cwd: second }, "work");
  commit(inGuest(), { "a.txt": "1" });
  write(inGuest(), "new.txt", "n\n");
  git(second, "checkout", "-q", "work");
  commit(second, { "b.txt": "2" });
  mkdirSync(world.at("mystery"));
  let calls = 0;
  const run: typeof world.ctx.run = (argv, options) => {
    if (argv[0] === "ssh") calls += 1;
    return world.ctx.run(argv, options);
  };
  const rows = await describeWorkspaces({ ...world.ctx, run }, await world.ctx.target());
  expect(calls).toBe(1);
  expect(rows).toEqual([
    expect.objectContaining({
      dir: "shop-work",
      verdict: { kind: "workspace ahead", workspace: 1 },
      untracked: 1,
    }),
    expect.objectContaining({ dir: "tool-work", verdict: { kind: "host ahead", host: 1 }, untracked: 0 }),
    expect.objectContaining({ dir: "mystery", state: "orphan", verdict: undefined }),
  ]);
  const offline = await describeWorkspaces(world.ctx, undefined);
  expect(offline.map((row) => [row.dir, row.state])).toEqual([
    ["shop-work", "unknown"],
    ["tool-work", "unknown"],
  ]);
});
