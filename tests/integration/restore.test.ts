// A cleaned workspace comes back from the vault as it was, over real git and a real sshd; or nothing changes.
import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { restore } from "../../src/domain/sync/restore.ts";
import { saveWorkspace } from "../../src/domain/sync/save.ts";
import { listSaves } from "../../src/domain/vault/records.ts";
import type { Save } from "../../src/domain/vault/save.ts";
import { parseBranch } from "../../src/domain/workspace/branch.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { findWorkspace, forgetWorkspace } from "../../src/domain/workspace/registry.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { commit, createWorld, git, read, type World, write } from "./guest.ts";

let world: World;
let at: string;
beforeEach(async () => {
  world = await createWorld();
  await pushToWorkspace(world.ctx, "work");
  at = world.at("shop-work");
});
afterEach(() => world.remove());

async function save(why: Save["why"] = "clean", name = "work"): Promise<Save> {
  const repo = await findRepository(world.ctx);
  const workspace = await findWorkspace(world.ctx, repo.id, await parseBranch(world.ctx, name));
  if (!workspace) throw new Error("no workspace");
  const what = { dir: workspace.dir, workspace, repo, why, ignored: why !== "wip" };
  return (await saveWorkspace(world.ctx, await world.ctx.target(), what)).save;
}

/** What `clean` and `destroy` do after a save. */
async function remove(): Promise<void> {
  execFileSync("chmod", ["-R", "u+rwX", at]);
  rmSync(at, { recursive: true });
  const repo = await findRepository(world.ctx);
  const workspace = await findWorkspace(world.ctx, repo.id, await parseBranch(world.ctx, "work"));
  if (workspace) await forgetWorkspace(world.ctx, workspace.dir);
}

const again = (asked: Parameters<typeof restore>[1] = { branch: "work" }) => restore(world.ctx, asked);
const shell = (script: string, cwd = at) =>
  execFileSync("sh", ["-c", script], { cwd, encoding: "latin1", env: { ...process.env, LC_ALL: "C" } });

/** All that the agent can see: names, modes, contents and links of files, and what git says. */
const seen = (directory = at) => ({
  files: shell(
    "find . -name .git -prune -o -type d -empty -prune -o ! -type d -printf '%P %y %m %l\\0' | sed -z 's/ l 777/ l/' | sort -z | tr '\\0' '\\n'; find . -name .git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum",
    directory,
  ),
  status: git(directory, "status", "--porcelain=v2", "--branch", "-z", "--ignored"),
  stashes: git(directory, "stash", "list", "--format=%gd %gs %H"),
  stages: git(directory, "ls-files", "--stage", "-z"),
  refs: git(directory, "for-each-ref", "--format=%(refname) %(objectname)")
    .split("\n")
    .filter((line) => !/^refs\/(remotes|agent-vm\/earlier)\//.test(line)),
  head: read(join(directory, ".git"), "HEAD"),
  config: git(directory, "config", "--get-regexp", "^(receive|agent-vm)\\."),
});

const workspaces = () => readdirSync(join(world.guestHome, "workspace")).sort();

describe("a workspace comes back", () => {
  test("with everything git and the disk held", async () => {
    write(at, ".gitattributes", "*.txt text\n*.dos text eol=crlf\n");
    write(at, "kept.dos", "a\r\nb\r\n");
    const first = commit(at, { "a.txt": "1\n", "b.txt": "1\n", "gone.txt": "g\n", run: "#!/bin/sh\n" });
    git(at, "add", "kept.dos");
    git(at, "commit", "-q", "-m", "line ends");
    commit(at, { "a.txt": "amended away\n" });
    git(at, "reset", "-q", "--hard", "HEAD~1");
    for (const message of ["one", "two: with more"]) {
      write(at, "a.txt", `${message}\n`);
      write(at, "stashed too", "u\n");
      git(at, "stash", "push", "-q", "-u", "-m", message);
    }
    write(at, "b.txt", "no message\n");
    git(at, "stash", "-q");
    git(at, "branch", "other/deep", first);
    git(at, "tag", "-a", "-m", "t", "annotated");
    git(at, "tag", "light", first);
    write(at, "a.txt", "staged\n");
    git(at, "add", "a.txt");
    write(at, "a.txt", "changed\r\n");
    write(at, "added", "new in the index\n");
    git(at, "add", "added");
    rmSync(join(at, "gone.txt"));
    git(at, "rm", "-q", "--cached", "b.txt");
    chmodSync(join(at, "run"), 0o755);
    write(at, "new\nline", "untracked\n");
    write(at, "back\\slash", "untracked\n");
    writeFileSync(Buffer.concat([Buffer.from(`${at}/`), Buffer.from([0xff])]), "bytes\n");
    symlinkSync("nowhere", join(at, "link"));
    write(at, ".env", "secret\n");
    chmodSync(join(at, ".env"), 0o755);
    write(at, "crlf.txt", "untracked\r\n");
    write(at, "nested/f", "inside\n");
    git(join(at, "nested"), "init", "-q");
    commit(join(at, "nested"), { f: "inside\n" });
    write(at, "nested/f", "changed inside\n");
    const before = seen();
    const nested = seen.call(undefined, at);
    const inside = git(join(at, "nested"), "log", "--format=%H");
    const made = await save();
    await remove();
    const result = await again();
    expect(seen()).toEqual(before);
    expect(nested).toEqual(before);
    expect(git(join(at, "nested"), "log", "--format=%H")).toBe(inside);
    expect(result).toMatchObject({ path: "workspace/shop-work", onHost: true });
    expect(workspaces()).toEqual(["shop-work"]);
    expect(git(at, "for-each-ref", "refs/agent-vm/restore")).toBe("");
    expect(git(at, "log", "--format=%s", `refs/agent-vm/earlier/${made.id}`)).toContain("work");
    git(at, "fsck", "--no-dangling");
    expect(await listSaves(world.ctx)).toHaveLength(1);
  });

  test("with an unfinished merge, which goes on", async () => {
    commit(at, { "a.txt": "base\n", "deleted.txt": "d\n" });
    git(at, "checkout", "-q", "-b", "side");
    commit(at, { "a.txt": "side\n", "both.txt": "side\n", "deleted.txt": "edited\n" });
    git(at, "checkout", "-q", "work");
    git(at, "rm", "-q", "deleted.txt");
    commit(at, { "a.txt": "work\n", "both.txt": "work\n" });
    expect(() => git(at, "merge", "side")).toThrow();
    const before = seen();
    const message = read(at, ".git/MERGE_MSG");
    await save();
    await remove();
    await again();
    expect(seen()).toEqual(before);
    expect(read(at, ".git/MERGE_MSG")).toBe(message);
    write(at, "a.txt", "solved\n");
    git(at, "add", "-A");
    git(at, "commit", "-q", "--no-edit");
    expect(git(at, "rev-list", "--parents", "-1", "HEAD").split(" ")).toHaveLength(3);
  });

  test("in the middle of a rebase, on a detached HEAD", async () => {
    commit(at, { "a.txt": "base\n" });
    git(at, "checkout", "-q", "-b", "side");
    commit(at, { "a.txt": "side\n" }, "from side");
    git(at, "checkout", "-q", "work");
    commit(at, { "a.txt": "work\n" });
    expect(() => git(at, "rebase", "work", "side")).toThrow();
    const before = seen();
    await save();
    await remove();
    await again();
    expect(seen()).toEqual(before);
    write(at, "a.txt", "solved\n");
    git(at, "add", "a.txt");
    git(at, "-c", "core.editor=true", "rebase", "--continue");
    expect(git(at, "log", "-1", "--format=%s", "side")).toBe("from side");
  });

  test("on a branch without a commit", async () => {
    git(at, "checkout", "-q", "--orphan", "fresh");
    git(at, "rm", "-q", "-r", "--cached", ".");
    const before = seen();
    await save();
    await remove();
    await again();
    expect(seen()).toEqual(before);
  });

  test("with linked worktrees, inside and elsewhere", async () => {
    const elsewhere = join(world.guestHome, "else where/tree");
    git(at, "worktree", "add", "-q", "-b", "linked", elsewhere);
    git(at, "worktree", "add", "-q", "--detach", join(at, "inside"));
    commit(elsewhere, { "l.txt": "l\n" });
    write(elsewhere, "dirty.txt", "d\n");
    const before = [seen(), git(elsewhere, "status", "--porcelain"), git(at, "worktree", "list")];
    await save();
    await remove();
    rmSync(elsewhere, { recursive: true });
    await again();
    expect([seen(), git(elsewhere, "status", "--porcelain"), git(at, "worktree", "list")]).toEqual(before);
    expect(workspaces()).toEqual(["shop-work"]);

    await remove();
    write(elsewhere, "mine.txt", "not to be touched\n");
    await again();
    expect(read(elsewhere, "mine.txt")).toBe("not to be touched\n");
    const [id] = (await listSaves(world.ctx)).map((one) => one.id);
    expect(read(join(world.guestHome, `agent-vm.restored.${id}`, elsewhere), "dirty.txt")).toBe("d\n");
  });

  test("after the VM was made anew and the host's branch was deleted", async () => {
    commit(at, { "a.txt": "1\n" });
    write(at, "new.txt", "n\n");
    const before = seen();
    await save("destroy");
    rmSync(join(world.guestHome, "workspace"), { recursive: true });
    rmSync(world.ctx.paths.workspaces);
    git(world.repo, "branch", "-q", "-D", "work");
    const result = await again();
    expect(result.onHost).toBe(false);
    expect(seen()).toEqual(before);
    expect(() => git(world.repo, "rev-parse", "--verify", "-q", "refs/heads/work")).toThrow();
  });

  test("by its save's id from anywhere, also when the host's repository is gone", async () => {
    write(at, "new.txt", "n\n");
    const before = seen();
    const { id } = await save();
    write(at, "new.txt", "newer\n");
    await save();
    await remove();
    renameSync(world.repo, `${world.repo}.away`);
    const result = await restore({ ...world.ctx, cwd: world.hostHome }, { save: id });
    expect(result).toMatchObject({ save: { id }, onHost: false });
    expect(seen()).toEqual(before);
  });

  test("from a bundle, when git's own check would not take the objects", async () => {
    commit(at, { "a.txt": "1\n" });
    const tree = git(at, "write-tree");
    const odd = shell(
      `printf 'tree ${tree}\\nparent ${git(at, "rev-parse", "HEAD")}\\nauthor A <a@example.org> 1 +0000\\ncommitter no mail 1 +0000\\n\\nodd\\n' | git hash-object -t commit -w --stdin --literally`,
    ).trim();
    git(at, "update-ref", "refs/heads/work", odd);
    write(at, "new.txt", "n\n");
    const before = seen();
    expect((await save()).bundled).toBe(true);
    await remove();
    await again();
    expect(seen()).toEqual(before);
  });
});
