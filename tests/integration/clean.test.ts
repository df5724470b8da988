// Deleting workspaces over real git and a real sshd: what exists nowhere else is in the vault before anything goes.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { cleanAll, cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { listSaves } from "../../src/domain/vault/records.ts";
import type { Save } from "../../src/domain/vault/save.ts";
import { vaultPath } from "../../src/domain/vault/vault.ts";
import { describeWorkspaces } from "../../src/domain/workspace/describe.ts";
import type { WorkspaceDir } from "../../src/domain/workspace/names.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { listWorkspaces, withWorkspaceLock } from "../../src/domain/workspace/registry.ts";
import { EXIT, type UserError } from "../../src/errors.ts";
import { commit, createRepository, createWorld, git, read, refused, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await pushToWorkspace(world.ctx, "work");
});
afterEach(() => world.remove());

const clean = (force = false, ctx: Context = world.ctx) => cleanBranch(ctx, "work", force);
const inGuest = (...rest: string[]) => world.at("shop-work", ...rest);
/** What lies in ~/workspace, without the scratch of a save that was cut off. */
const workspaces = () =>
  readdirSync(join(world.guestHome, "workspace"))
    .filter((name) => !name.startsWith(".agent-vm.save."))
    .sort();
const vault = (save: Save) => vaultPath(world.ctx, save.repoId).gitDir;

/** A file of a save as it lay in the workspace. */
const kept = (save: Save, path: string) => git(vault(save), "show", `refs/saves/${save.id}/own/tree:${path}`);

/** A Context that does something once, right before the first call whose words match. */
function interfering(when: RegExp, what: () => void): Context {
  let done = false;
  const run: Context["run"] = async (argv, options) => {
    if (!done && when.test(`${argv.join(" ")} ${String(options?.input ?? "")}`)) {
      done = true;
      what();
    }
    return world.ctx.run(argv, options);
  };
  return { ...world.ctx, run };
}

/** Everything is where it was, and nothing is on its way out. */
async function nothingDeleted(error: UserError, exit: number = EXIT.refused): Promise<void> {
  expect(error.exit).toBe(exit);
  expect(existsSync(inGuest(".git"))).toBe(true);
  expect(workspaces()).toEqual(["shop-work"]);
  expect((await listWorkspaces(world.ctx)).map((one) => one.dir)).toEqual(["shop-work"]);
}

test("nobody is asked about what --quiet hides", async () => {
  write(inGuest(), "new.txt", "x");
  const shown: string[] = [];
  const say = (text: string, why?: "asked") => void (why === "asked" && shown.push(text));
  const confirm = { possible: true, ask: async () => false };
  const asking = { ...world.ctx, confirm, out: { ...world.ctx.out, say } };
  expect((await refused(clean(false, { ...asking, flags: { yes: false } }))).exit).toBe(EXIT.refused);
  expect(shown.join("\n")).toMatch(/nowhere else.*new\.txt/s);
  shown.length = 0;
  await clean(false, { ...asking, flags: { yes: true } });
  expect(shown).toEqual([]);
});

test("a workspace without work of its own is deleted, after a yes", async () => {
  const silent = { ...world.ctx, flags: { yes: false } };
  const error = await refused(clean(false, silent));
  await nothingDeleted(error);
  expect(error.hint).toContain("--yes");

  write(inGuest(), "node_modules/x/index.js", "made\n");
  const { saves } = await clean();
  expect(saves).toEqual([]);
  expect(world.said.join("\n")).toContain("can be made again: 1 ignored file");
  expect(workspaces()).toEqual([]);
  expect(await listWorkspaces(world.ctx)).toEqual([]);
  expect(git(world.repo, "rev-parse", "work")).toBe(git(world.repo, "rev-parse", "main"));
  await pushToWorkspace(world.ctx, "work");
  expect(read(inGuest(), "README.md")).toBe("hello\n");
});

describe("it is named, saved, then deleted:", () => {
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
    [
      "a commit that only the reflog names",
      () => {
        commit(inGuest(), { "a.txt": "1" });
        git(inGuest(), "reset", "-q", "--hard", "HEAD~1");
      },
      "only a reflog names: 1",
    ],
    [
      "a submodule with files of its own",
      () => {
        // Not the very commit that the host's repository begins with.
        commit(createRepository(world.at("..", "library")), { "lib.txt": "l\n" });
        git(
          inGuest(),
          "-c",
          "protocol.file.allow=always",
          "submodule",
          "add",
          "-q",
          world.at("..", "library"),
          "lib",
        );
        git(inGuest(), "commit", "-q", "-m", "add a submodule");
      },
      "in the submodule lib: commits the host has not: branch main at",
    ],
    [
      "a large file that LFS keeps",
      () => write(inGuest(), ".git/lfs/objects/aa/bb/aabb", "large\n"),
      "  kept beside git's objects: .git/lfs/",
    ],
    ["a repository inside", () => void createRepository(inGuest("inner")), "untracked: inner/"],
    [
      "an ignored file beside one that can be made again",
      () => {
        write(inGuest(), "build/node_modules/a.js", "made\n");
        write(inGuest(), "build/.env", "secret\n");
      },
      "ignored: build/.env",
    ],
    [
      "a merge in progress",
      () => write(inGuest(), ".git/MERGE_HEAD", `${git(inGuest(), "rev-parse", "HEAD")}\n`),
      "a merge",
    ],
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
    const { saves } = await clean();
    expect(world.said.join("\n")).toContain(named);
    expect(saves).toHaveLength(1);
    expect(await listSaves(world.ctx)).toEqual(saves);
    expect(workspaces()).toEqual([]);
    expect(await listWorkspaces(world.ctx)).toEqual([]);
  });
});

test("what was saved is whole: commits, stash, index, files", async () => {
  const tip = commit(inGuest(), { "a.txt": "1" });
  write(inGuest(), "README.md", "stashed\n");
  git(inGuest(), "stash", "-q");
  const stash = git(inGuest(), "rev-parse", "stash@{0}");
  write(inGuest(), "README.md", "edit\n");
  write(inGuest(), ".env", "secret\n");
  write(inGuest(), "node_modules/x.js", "made\n");
  const { saves } = await clean();
  const [save] = saves as [Save];
  expect(save).toMatchObject({ why: "clean", branch: "work", dir: "shop-work", regenerable: 1 });
  expect(kept(save, "README.md")).toBe("edit");
  expect(kept(save, ".env")).toBe("secret");
  expect(git(vault(save), "rev-parse", `refs/saves/${save.id}/refs/heads/work`)).toBe(tip);
  expect(save.stashes.map((one) => one.oid)).toEqual([stash]);
  expect(git(vault(save), "ls-tree", "-r", "--name-only", `refs/saves/${save.id}/own/tree`)).not.toContain(
    "node_modules",
  );
});

describe("nothing is deleted when saving fails:", () => {
  test("the vault cannot be written", async () => {
    write(inGuest(), "new.txt", "n\n");
    const state = world.ctx.paths.sharedState;
    mkdirSync(join(state, "vault"), { recursive: true });
    chmodSync(join(state, "vault"), 0o500);
    const error = await cleanOutcome();
    chmodSync(join(state, "vault"), 0o700);
    await nothingDeleted(error);
    expect(error.message).toContain("could not be saved");
  });

  test("the connection is cut while it is brought home", async () => {
    write(inGuest(), "new.txt", "n\n");
    const error = await refused(
      clean(
        false,
        interfering(/refs\/save\/\*:refs\/saves/, () => world.stopGuest()),
      ),
    );
    await nothingDeletedAfter(error);
    expect(await listSaves(world.ctx)).toEqual([]);
    await world.startGuest();
    expect((await clean()).saves).toHaveLength(1);
  });

  test("an object of the workspace is damaged", async () => {
    const tip = commit(inGuest(), { "a.txt": "1" });
    const object = inGuest(".git/objects", tip.slice(0, 2), tip.slice(2));
    chmodSync(object, 0o600);
    write(join(object, ".."), tip.slice(2), "");
    const error = await refused(clean());
    await nothingDeleted(error);
    expect(error.message).toMatch(/could not be saved|cannot be read/);
    await clean(true);
    expect(workspaces()).toEqual([]);
  });

  test("a file inside cannot be read", async () => {
    write(inGuest(), "secret.txt", "s\n");
    chmodSync(inGuest("secret.txt"), 0);
    const error = await refused(clean());
    await nothingDeleted(error);
    expect(error.details.join("\n")).toContain("secret.txt");
  });

  test.each([
    ["a directory", "closed", "./closed"],
    ["a directory of git's", ".git/objects", "./.git/objects"],
    ["git's own directory", ".git", "./.git"],
    ["the workspace's own directory", ".", "./"],
  ])("%s cannot be read, which is what is said", async (_, path, named) => {
    mkdirSync(inGuest("closed"));
    chmodSync(inGuest(path), 0);
    const error = await refused(clean());
    chmodSync(inGuest(path), 0o755);
    await nothingDeleted(error);
    expect(world.said.join("\n")).toContain(`cannot be read: ${named}`);
    expect(world.said.join("\n")).not.toContain("git cannot read");
    expect(error.details.join("\n")).toContain("cannot be read");
  });

  test("the repository cannot be read at all", async () => {
    write(inGuest(), ".git/HEAD", "nonsense\n");
    await nothingDeleted(await refused(clean()));
    expect(world.said.join("\n")).toContain("cannot read");
  });

  const cleanOutcome = () => refused(clean());
  async function nothingDeletedAfter(error: UserError): Promise<void> {
    expect([EXIT.refused, EXIT.notReady]).toContain(error.exit);
    await nothingDeleted(error, error.exit);
  }
});

test("more than 1 GiB is saved only after its size was agreed to", async () => {
  write(inGuest(), "new.txt", "n\n");
  const GiB = String(2 * 1024 * 1024);
  const run: Context["run"] = async (argv, options) => {
    const result = await world.ctx.run(argv, options);
    return { ...result, stdout: result.stdout.replace(/=kib\0\d+\0/, `=kib\0${GiB}\0`) };
  };
  const asked: string[] = [];
  const confirm = { possible: true, ask: async (question: string) => asked.push(question) === 1 };
  const error = await refused(clean(false, { ...world.ctx, run, confirm, flags: { yes: false } }));
  expect(asked[1]).toContain("2.0 GiB of shop-work");
  await nothingDeleted(error);
  expect(await listSaves(world.ctx)).toEqual([]);
  expect((await clean(false, { ...world.ctx, run })).saves).toHaveLength(1);
});

describe("nothing is deleted when something changes meanwhile:", () => {
  const renaming = /exit 66; fi/;

  test("a file after the save", async () => {
    write(inGuest(), "new.txt", "n\n");
    const error = await refused(
      clean(
        false,
        interfering(renaming, () => write(inGuest(), "new.txt", "newer\n")),
      ),
    );
    await nothingDeleted(error);
    expect(error.message).toContain("changed");
    expect(read(inGuest(), "new.txt")).toBe("newer\n");
    const { saves } = await clean();
    expect(kept(saves[0] as Save, "new.txt")).toBe("newer");
  });

  test("a commit where there was nothing to save", async () => {
    const error = await refused(
      clean(
        false,
        interfering(renaming, () => commit(inGuest(), { "a.txt": "1" })),
      ),
    );
    await nothingDeleted(error);
    expect(error.details.join("\n")).toContain("branch work at");
  });

  test("clean-all: one of two", async () => {
    await pushToWorkspace(world.ctx, "other");
    const meddling = interfering(renaming, () => write(world.at("shop-other"), "new.txt", "n\n"));
    const error = await refused(cleanAll(meddling, false));
    expect(error.details.join("\n")).toContain("untracked: new.txt");
    expect(workspaces()).toEqual(["shop-other", "shop-work"]);
  });
});

test("what somebody has put in the old place of a workspace by then is not deleted with it", async () => {
  const late = interfering(/"left:\$dir"/, () => write(inGuest(), "late.txt", "l\n"));
  await clean(false, late);
  expect(workspaces()).toEqual(["shop-work"]);
  expect(read(inGuest(), "late.txt")).toBe("l\n");
});

test("clean-all leaves alone what was made while it waited for its turn", async () => {
  let cleaning: ReturnType<typeof cleanAll> | undefined;
  const [workspace] = await listWorkspaces(world.ctx);
  await withWorkspaceLock(world.ctx, workspace?.dir as WorkspaceDir, async () => {
    cleaning = cleanAll(world.ctx, false);
    while (!world.said.join("\n").includes("Waiting for another command"))
      await new Promise((resolve) => setTimeout(resolve, 20));
    await pushToWorkspace(world.ctx, "other");
  });
  expect((await cleaning)?.removed).toEqual(["shop-work"]);
  expect(workspaces()).toEqual(["shop-other"]);
});

describe("processes at work", () => {
  const sleep = (cwd: string) => spawn("sleep", ["600"], { cwd, stdio: "ignore" });

  test("are named, and nothing is deleted under them but by force", async () => {
    mkdirSync(inGuest("sub"));
    const child = sleep(inGuest("sub"));
    try {
      const error = await refused(clean());
      await nothingDeleted(error);
      expect(error.details).toEqual([`shop-work: sleep (process ${child.pid})`]);
      expect(error.hint).toContain(`kill -HUP ${child.pid}`);
      await clean(true);
      expect(workspaces()).toEqual([]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  const cannotMount = spawnSync("unshare", ["-Urm", "true"]).status !== 0;
  test.skipIf(cannotMount)(
    "in a container that has the workspace under another path are named, too",
    async () => {
      const script = 'mount --bind "$1" "$2" && cd / && echo ready && exec sleep 600';
      mkdirSync(join(world.hostHome, "mounted"));
      const args = ["-Urm", "sh", "-c", script, "sh", inGuest(), join(world.hostHome, "mounted")];
      const child = spawn("unshare", args, { stdio: ["ignore", "pipe", "ignore"] });
      try {
        await new Promise((resolve) => child.stdout.once("data", resolve));
        const error = await refused(clean());
        await nothingDeleted(error);
        expect(error.details).toEqual([`shop-work: sleep (process ${child.pid})`]);
      } finally {
        child.kill("SIGKILL");
      }
    },
  );

  test("in another workspace do not count; one that came in meanwhile does", async () => {
    await pushToWorkspace(world.ctx, "other");
    const child = sleep(world.at("shop-other"));
    let second: ReturnType<typeof sleep> | undefined;
    try {
      const meddling = interfering(/exit 66; fi/, () => {
        second = sleep(inGuest());
      });
      const error = await refused(clean(false, meddling));
      expect(error.details).toEqual([`shop-work: sleep (process ${second?.pid})`]);
      expect(workspaces()).toEqual(["shop-other", "shop-work"]);
      second?.kill("SIGKILL");
      await new Promise((resolve) => second?.once("exit", resolve));
      await clean();
      expect(workspaces()).toEqual(["shop-other"]);
    } finally {
      child.kill("SIGKILL");
      second?.kill("SIGKILL");
    }
  });
});

describe("an interrupted clean", () => {
  test("cut after the renaming leaves the workspace whole; the next one brings it back first", async () => {
    write(inGuest(), "new.txt", "n\n");
    renameSync(inGuest(), world.at(".agent-vm.leaving.shop-work"));
    const { saves } = await clean();
    expect(kept(saves[0] as Save, "new.txt")).toBe("n");
    expect(workspaces()).toEqual([]);
  });

  test("cut while it looks again: nothing is deleted, whatever the name is then", async () => {
    write(inGuest(), "new.txt", "n\n");
    const error = await refused(
      clean(
        false,
        interfering(/exit 66; fi/, () => setTimeout(() => world.stopGuest(), 100)),
      ),
    );
    expect([EXIT.refused, EXIT.notReady]).toContain(error.exit);
    expect(workspaces().some((name) => /^(\.agent-vm\.leaving\.)?shop-work$/.test(name))).toBe(true);
    await world.startGuest();
    await clean();
    expect(workspaces()).toEqual([]);
  });

  test("whose place was taken is told of, and neither is touched", async () => {
    mkdirSync(world.at(".agent-vm.leaving.shop-work"));
    write(world.at(".agent-vm.leaving.shop-work"), "old.txt", "o\n");
    const error = await refused(clean());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.details.join()).toContain(".agent-vm.leaving.shop-work");
    expect(workspaces()).toEqual([".agent-vm.leaving.shop-work", "shop-work"]);
  });

  test("leaves trash that goes with the next one; what is leaving never does", async () => {
    write(world.at(".agent-vm.trash.shop-old.1"), "x.txt", "x\n");
    write(world.at(".agent-vm.leaving.shop-old"), "x.txt", "x\n");
    await clean();
    expect(workspaces()).toEqual([".agent-vm.leaving.shop-old"]);
  });
});

test("a commit that merely lies in the host's object store is not safe there", async () => {
  commit(inGuest(), { "a.txt": "1" });
  await fetchBranch(world.ctx, "work");
  for (const ref of git(world.repo, "for-each-ref", "--format=%(refname)").split("\n")) {
    if (ref !== "refs/heads/main") git(world.repo, "update-ref", "-d", ref);
  }
  expect((await clean()).saves).toHaveLength(1);
});

test("what was fetched is safe, also when the branch could not be moved", async () => {
  commit(inGuest(), { "a.txt": "1" });
  git(world.repo, "checkout", "-q", "work");
  commit(world.repo, { "b.txt": "2" });
  await refused(fetchBranch(world.ctx, "work"));
  expect((await clean()).saves).toEqual([]);
  expect(workspaces()).toEqual([]);
});

test("without the host's repository everything is work, and is saved", async () => {
  renameSync(world.repo, `${world.repo}-gone`);
  const { saves } = await cleanAll({ ...world.ctx, cwd: world.hostHome }, false);
  expect(saves).toHaveLength(1);
  expect(workspaces()).toEqual([]);
});

test("clean-all saves everything before anything is deleted, and leaves alone what is no workspace", async () => {
  await pushToWorkspace(world.ctx, "other");
  write(world.at("shop-other"), "new.txt", "n\n");
  write(inGuest(), "new.txt", "n\n");
  write(world.at("mystery"), "x.txt", "x\n");
  mkdirSync(world.at("odd name; $(touch pwned)"));
  let saves = 0;
  const failing: Context["run"] = (argv, options) => {
    if (argv.some((word) => word.includes("refs/save/*")) && ++saves === 2) world.stopGuest();
    return world.ctx.run(argv, options);
  };
  await refused(cleanAll({ ...world.ctx, run: failing }, false));
  await world.startGuest();
  const all = ["mystery", "odd name; $(touch pwned)", "shop-other", "shop-work"];
  expect(workspaces()).toEqual(all);

  const { removed, leftAlone, saves: done } = await cleanAll(world.ctx, false);
  expect(removed.sort()).toEqual(["shop-other", "shop-work"]);
  expect(done).toHaveLength(2);
  expect(leftAlone.sort()).toEqual(all.slice(0, 2));
  expect(workspaces()).toEqual(all.slice(0, 2));
});

test("clean-all makes no VM to find nothing in it", async () => {
  await clean();
  const target = () => Promise.reject(new Error("the VM was woken"));
  expect(await cleanAll({ ...world.ctx, target }, false)).toEqual({ removed: [], saves: [], leftAlone: [] });
});

test("read-only directories go, and a link is removed without what it points to", async () => {
  write(inGuest(), "cache/mod/file.txt", "x\n");
  chmodSync(inGuest("cache/mod"), 0o500);
  write(world.guestHome, "precious/file.txt", "p\n");
  symlinkSync(join(world.guestHome, "precious"), inGuest("link"));
  await clean();
  expect(workspaces()).toEqual([]);
  expect(read(world.guestHome, "precious/file.txt")).toBe("p\n");
});

test("a workspace replaced by a link is not followed", async () => {
  write(world.guestHome, "precious/file.txt", "p\n");
  rmSync(inGuest(), { recursive: true });
  symlinkSync(join(world.guestHome, "precious"), inGuest());
  const error = await refused(clean());
  expect(error.exit).toBe(EXIT.refused);
  expect(error.message).toContain("not a git repository");
  await clean(true);
  expect(workspaces()).toEqual([]);
  expect(read(world.guestHome, "precious/file.txt")).toBe("p\n");
});

test("by force nothing is saved, and that is said", async () => {
  commit(inGuest(), { "a.txt": "1" });
  expect(await clean(true)).toMatchObject({ removed: ["shop-work"], saves: [] });
  expect(world.said.join("\n")).toContain("Nothing is saved");
  expect(await listSaves(world.ctx)).toEqual([]);
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
