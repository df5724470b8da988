// Names, identities and wrong input over real git: no two branches share a workspace, and no name is ever run.
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { showDiff } from "../../src/domain/sync/show/diff.ts";
import { describeWorkspaces } from "../../src/domain/workspace/describe.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { listWorkspaces } from "../../src/domain/workspace/registry.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { EXIT } from "../../src/errors.ts";
import { canary, commit, createRepository, createWorld, git, refused, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

const inRepo = (cwd: string) => ({ ...world.ctx, cwd });
const workspaces = () => readdirSync(join(world.guestHome, "workspace")).sort();

test("names that would meet in one directory get two", async () => {
  const names = ["feature/a", "feature-a", "feature.a", "Feature-A", "feature-a.git"];
  const dirs: string[] = [];
  for (const name of names) dirs.push((await prepareWorkspace(world.ctx, name)).dir);
  expect(new Set(dirs.map((dir) => dir.toLowerCase())).size).toBe(names.length);
  expect(dirs[1]).toBe("shop-feature-a");
  for (const [index, name] of names.entries()) {
    expect(git(world.at(dirs[index] ?? ""), "symbolic-ref", "--short", "HEAD")).toBe(name);
  }
});

describe("a repository's identity", () => {
  test("two clones of one name have two workspaces", async () => {
    mkdirSync(join(world.hostHome, "elsewhere"));
    const twin = join(world.hostHome, "elsewhere", "shop");
    git(world.hostHome, "clone", "-q", world.repo, twin);
    const one = await prepareWorkspace(world.ctx, "work");
    const other = await prepareWorkspace(inRepo(twin), "work");
    expect(one.dir).not.toBe(other.dir);
    const inside = commit(world.at(other.dir), { "a.txt": "1" });
    await fetchBranch(inRepo(twin), "work");
    expect(git(twin, "rev-parse", "work")).toBe(inside);
    expect(git(world.repo, "rev-parse", "work")).not.toBe(inside);
  });

  describe("which the workspace in its place has not,", () => {
    let twin: string;
    let dirs: [string, string];
    beforeEach(async () => {
      twin = join(world.hostHome, "elsewhere", "shop");
      git(world.hostHome, "clone", "-q", world.repo, twin);
      const one = await prepareWorkspace(world.ctx, "work");
      const other = await prepareWorkspace(inRepo(twin), "work");
      dirs = [one.dir, other.dir];
    });
    const swap = () => {
      const [one, other] = dirs.map((dir) => world.at(dir)) as [string, string];
      renameSync(one, `${one}.swap`);
      renameSync(other, one);
      renameSync(`${one}.swap`, other);
    };
    const diff = () => {
      const screen = { columns: 80, terminal: false, stdout: new PassThrough().resume() };
      return showDiff(world.ctx, "work", { committed: false, form: "patch" }, screen);
    };
    const states = async () =>
      (await describeWorkspaces(world.ctx, await world.ctx.target())).map((one) => one.state);
    const place = () => world.at(dirs[0]);

    test("because two clones' workspaces were swapped: none gets the other's commits", async () => {
      const inside = commit(world.at(dirs[1]), { "a.txt": "the twin's\n" });
      const before = git(world.repo, "for-each-ref");
      swap();
      for (const work of [
        () => fetchBranch(world.ctx, "work"),
        () => fetchBranch(world.ctx, "work", { dryRun: true }),
        () => fetchBranch(world.ctx, "work", { wip: true }),
        () => pushToWorkspace(world.ctx, "work"),
        diff,
      ]) {
        const error = await refused(work());
        expect(error.exit).toBe(EXIT.refused);
        expect(error.message).toContain(`~/workspace/${dirs[0]} is something else than this workspace`);
        expect(error.details.join()).toContain("another repository");
        expect(error.hint).toContain(`mv ~/workspace/${dirs[0]} ~/`);
      }
      expect(git(world.repo, "for-each-ref")).toBe(before);
      expect(await states()).toEqual(["occupied", "occupied"]);
      swap();
      expect(await states()).toEqual(["present", "present"]);
      await fetchBranch(inRepo(twin), "work");
      expect(git(twin, "rev-parse", "work")).toBe(inside);
    });

    test("is saved whole by clean, and comes back as what it was", async () => {
      commit(world.at(dirs[1]), { "a.txt": "the twin's\n" });
      write(world.at(dirs[1]), "new.txt", "n\n");
      swap();
      const { saves } = await cleanBranch(world.ctx, "work", false);
      expect(world.said.join("\n")).toContain("It belongs to another repository");
      expect(saves).toHaveLength(1);
      expect(existsSync(place())).toBe(false);
      await restore(world.ctx, { branch: "work" });
      expect(git(place(), "status", "--porcelain")).toBe("?? new.txt");
      expect((await refused(fetchBranch(world.ctx, "work"))).message).toContain("something else");
      swap();
      await fetchBranch(inRepo(twin), "work");
      expect(git(twin, "show", "work:a.txt")).toBe("the twin's");
    });

    test("because somebody took it: it can be said again, and clean saves it without", async () => {
      const inside = commit(place(), { "a.txt": "1\n" });
      git(place(), "config", "--unset", "agent-vm.repository");
      const error = await refused(fetchBranch(world.ctx, "work"));
      const say = /git -C ~\/workspace\/(\S+) config agent-vm\.repository ([0-9a-f]{32});/.exec(
        error.hint ?? "",
      );
      expect(say?.[1]).toBe(dirs[0]);
      expect(await states()).toEqual(["occupied", "present"]);
      const { saves } = await cleanBranch(world.ctx, "work", false);
      expect(saves).toHaveLength(1);
      await restore(world.ctx, { branch: "work" });
      git(place(), "config", "--unset", "agent-vm.repository");
      git(place(), "config", "agent-vm.repository", say?.[2] ?? "");
      await fetchBranch(world.ctx, "work");
      expect(git(world.repo, "rev-parse", "work")).toBe(inside);
    });
  });

  test("linked worktrees share their workspaces, and a new branch starts at their own HEAD", async () => {
    const linked = join(world.hostHome, "linked");
    git(world.repo, "worktree", "add", "-q", "-b", "side", linked);
    const there = commit(linked, { "a.txt": "1" });
    const { dir } = await prepareWorkspace(inRepo(linked), "work");
    expect(git(world.at(dir), "rev-parse", "HEAD")).toBe(there);
    expect((await prepareWorkspace(world.ctx, "work")).dir).toBe(dir);
    expect(await listWorkspaces(world.ctx)).toHaveLength(1);
  });

  test("a moved clone keeps its workspace", async () => {
    const { dir } = await prepareWorkspace(world.ctx, "work");
    const moved = join(world.hostHome, "new name");
    renameSync(world.repo, moved);
    expect(await prepareWorkspace(inRepo(moved), "work")).toMatchObject({ dir, created: false });
  });

  test("a copied clone gets an identity of its own, the original keeps its", async () => {
    const { dir, repo } = await prepareWorkspace(world.ctx, "work");
    const copy = join(world.hostHome, "copy");
    cpSync(world.repo, copy, { recursive: true });
    const copied = await prepareWorkspace(inRepo(copy), "work");
    expect(copied.repo.id).not.toBe(repo.id);
    expect(copied.dir).not.toBe(dir);
    expect((await prepareWorkspace(world.ctx, "work")).repo.id).toBe(repo.id);
  });

  test("many first commands at once agree on it", async () => {
    const found = await Promise.all(Array.from({ length: 6 }, () => findRepository(world.ctx)));
    expect(new Set(found.map((one) => one.id)).size).toBe(1);
    const made = await Promise.all(["a", "b", "a", "b"].map((name) => prepareWorkspace(world.ctx, name)));
    expect(made.map((one) => one.dir)).toEqual(["shop-a", "shop-b", "shop-a", "shop-b"]);
  });

  test("a lost map is found again by the workspace's own mark", async () => {
    const { dir } = await prepareWorkspace(world.ctx, "work");
    const { rmSync } = await import("node:fs");
    rmSync(world.ctx.paths.workspaces);
    expect(await prepareWorkspace(world.ctx, "work")).toMatchObject({ dir, created: false });
  });
});

describe("a branch that does not exist", () => {
  test("is made from HEAD, and checkout, index and files stay as they are", async () => {
    write(world.repo, "README.md", "edited\n");
    write(world.repo, "staged.txt", "s\n");
    git(world.repo, "add", "staged.txt");
    const before = git(world.repo, "status", "--porcelain=v2", "--branch");
    await pushToWorkspace(world.ctx, "work");
    expect(git(world.repo, "status", "--porcelain=v2", "--branch")).toBe(before);
    expect(git(world.repo, "rev-parse", "work")).toBe(git(world.repo, "rev-parse", "HEAD"));
  });

  test("is made from a detached HEAD", async () => {
    git(world.repo, "checkout", "-q", "--detach");
    const here = commit(world.repo, { "a.txt": "1" });
    const { dir } = await prepareWorkspace(world.ctx, "work");
    expect(git(world.at(dir), "rev-parse", "HEAD")).toBe(here);
  });

  test("cannot stand where a folder of branches stands", async () => {
    git(world.repo, "branch", "a/b");
    const error = await refused(pushToWorkspace(world.ctx, "a"));
    expect(error.message).toContain('"a/b"');
    expect((await refused(pushToWorkspace(world.ctx, "a/b/c"))).message).toContain('"a/b"');
  });
});

describe("wrong places", () => {
  test("no repository", async () => {
    const error = await refused(pushToWorkspace(inRepo(world.hostHome), "work"));
    expect(error.exit).toBe(EXIT.usage);
    expect(error.hint).toContain("--repo");
  });

  test("a directory that does not exist", async () => {
    const ctx = { ...world.ctx, flags: { yes: true, repo: "nowhere" } };
    expect((await refused(pushToWorkspace(ctx, "work"))).exit).toBe(EXIT.usage);
  });

  test("a bare repository", async () => {
    const bare = join(world.hostHome, "bare.git");
    git(world.hostHome, "init", "-q", "--bare", bare);
    expect((await refused(pushToWorkspace(inRepo(bare), "work"))).message).toContain("bare");
  });

  test("a repository without a commit", async () => {
    const empty = join(world.hostHome, "empty");
    git(world.hostHome, "init", "-q", empty);
    const error = await refused(pushToWorkspace(inRepo(empty), "work"));
    expect(error.message).toContain("no commit yet");
    expect(workspaces()).toEqual([]);
  });

  test("a path with spaces and quotes is fine, and so is a subdirectory", async () => {
    const repo = createRepository(join(world.hostHome, `it's a "repo"`));
    mkdirSync(join(repo, "sub dir"));
    const { dir } = await prepareWorkspace(inRepo(join(repo, "sub dir")), "work");
    expect(dir).toMatch(/^it-s-a-repo-work\.[0-9a-f]{12}$/);
  });

  test("a caller's GIT_DIR changes nothing", async () => {
    const other = createRepository(join(world.hostHome, "other"));
    const env = { ...world.ctx.env, GIT_DIR: join(other, ".git"), GIT_CONFIG_COUNT: "1" };
    expect((await findRepository({ ...world.ctx, env })).name).toBe("shop");
  });
});

describe("nothing of the branch's content or of the user's configuration is run", () => {
  test("hooks, file system monitor, url rewriting and credential helpers stay silent", async () => {
    // A shell runs some of them: the path may not have a space.
    const place = dirname(world.hostHome);
    const trap = canary(place, "trap");
    git(world.repo, "checkout", "-q", "-b", "work");
    const hooks = [
      "post-merge",
      "reference-transaction",
      "post-index-change",
      "post-checkout",
      "pre-push",
      "post-update",
    ];
    const settings: [string, string][] = [
      ["core.hooksPath", ".husky"],
      ["core.fsmonitor", trap.program],
      ["credential.helper", `!${trap.program}`],
      ["core.sshCommand", trap.program],
      ["core.gitProxy", trap.program],
      ["protocol.ext.allow", "always"],
      [`url.ext::${trap.program} .insteadOf`, "ssh://"],
      [`url.ext::${trap.program} .pushInsteadOf`, "ssh://"],
      ["push.gpgSign", "true"],
      ["gpg.program", trap.program],
      ["merge.verifySignatures", "true"],
      ["fetch.recurseSubmodules", "true"],
      ["push.followTags", "true"],
      ["merge.autoStash", "true"],
      ["core.pager", trap.program],
    ];
    for (const [key, value] of settings) git(world.repo, "config", key, value);
    const env = { ...world.ctx.env, GIT_SSH_COMMAND: trap.program, GIT_TRACE: join(world.hostHome, "trace") };
    const ctx = { ...world.ctx, env };
    await pushToWorkspace(ctx, "work");
    const inside = world.at("shop-work");
    for (const hook of hooks) write(inside, `.husky/${hook}`, `#!/bin/sh\ntouch ${place}/trap.fired\n`);
    const { chmodSync } = await import("node:fs");
    for (const hook of hooks) chmodSync(join(inside, ".husky", hook), 0o755);
    git(inside, "add", "-A");
    commit(inside, {}, "hooks");
    git(inside, "tag", "evil-tag");
    // Also when the user takes them, nothing of it runs in our own steps.
    await fetchBranch(ctx, "work", { acceptRisk: true });
    expect(existsSync(join(world.repo, ".husky/post-merge"))).toBe(true);
    // Hooks that are in the tree now, at the next update.
    commit(inside, { "a.txt": "1" });
    await fetchBranch(ctx, "work");
    git(world.repo, "config", "--unset", "core.fsmonitor");
    git(world.repo, "config", "--unset", "core.hooksPath");
    commit(world.repo, { "b.txt": "2" });
    git(world.repo, "config", "core.hooksPath", ".husky");
    await pushToWorkspace(ctx, "work");
    expect(trap.fired()).toBe(false);
    expect(git(world.repo, "tag")).toBe("");
    expect(existsSync(join(world.hostHome, "trace"))).toBe(false);
  });

  test("objects that no honest git would make are refused", async () => {
    await pushToWorkspace(world.ctx, "work");
    const inside = world.at("shop-work");
    const blob = git(inside, "rev-parse", "HEAD:README.md");
    const { execFileSync } = await import("node:child_process");
    const tree = execFileSync("git", ["-C", inside, "mktree"], {
      input: `100644 blob ${blob}\t.git\n`,
      encoding: "utf8",
    });
    const evil = git(inside, "commit-tree", "-p", "HEAD", "-m", "evil", tree.trim());
    git(inside, "update-ref", "refs/heads/work", evil);
    const before = git(world.repo, "rev-parse", "work");
    await refused(fetchBranch(world.ctx, "work"));
    expect(git(world.repo, "rev-parse", "work")).toBe(before);
    expect(git(world.repo, "for-each-ref", "--no-contains", before)).toBe("");
  });

  test("control characters of the VM never reach the terminal", async () => {
    await pushToWorkspace(world.ctx, "work");
    const inside = world.at("shop-work");
    write(inside, "\u001b]0;title\u0007.txt", "x");
    commit(inside, { "a.txt": "1" }, "\u001b[31mred\u202e");
    const { commits } = await fetchBranch(world.ctx, "work");
    await cleanBranch(world.ctx, "work", false);
    const shown = [...world.said, ...commits].join("\n");
    expect(shown).toContain("title");
    expect(shown).toContain("red");
    for (const character of ["\u001b", "\u0007", "\u202e"]) expect(shown).not.toContain(character);
  });

  test("a credential in the origin's url stays on the host", async () => {
    git(world.repo, "remote", "add", "origin", "https://user:s3cret@example.org/shop.git?token=s3cret");
    await pushToWorkspace(world.ctx, "work");
    expect(git(world.at("shop-work"), "config", "remote.origin.url")).toBe("https://example.org/shop.git");
  });
});
