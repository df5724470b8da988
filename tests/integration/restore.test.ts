// A cleaned workspace comes back from the vault as it was, over real git and a real sshd.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { listSaves, writeSave } from "../../src/domain/vault/records.ts";
import { vaultPath } from "../../src/domain/vault/vault.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { canary, commit, createWorld, git, read, type World, write } from "./guest.ts";
import { remove, save, seen, shell } from "./saving.ts";

let world: World;
let at: string;
beforeEach(async () => {
  world = await createWorld();
  await pushToWorkspace(world.ctx, "work");
  at = world.at("shop-work");
});
afterEach(() => world.remove());

const again = (asked: Parameters<typeof restore>[1] = { branch: "work" }) => restore(world.ctx, asked);
const workspaces = () => readdirSync(join(world.guestHome, "workspace")).sort();

describe("a workspace comes back", () => {
  test("with everything git and the disk held", async () => {
    const attributes = "*.txt text\n*.dos text eol=crlf\n";
    const first = commit(at, {
      ".gitattributes": attributes,
      "a.txt": "1\n",
      "b.txt": "1\n",
      "gone.txt": "g\n",
      run: "#!/bin/sh\n",
    });
    commit(at, { "kept.dos": "a\r\nb\r\n" }, "line ends");
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
    write(at, "for its owner alone", "a key\n");
    chmodSync(join(at, "for its owner alone"), 0o600);
    write(at, "crlf.txt", "untracked\r\n");
    write(at, "nested/f", "inside\n");
    git(join(at, "nested"), "init", "-q");
    commit(join(at, "nested"), { f: "inside\n" });
    write(at, "nested/f", "changed inside\n");
    const before = seen(at);
    const nested = seen(at);
    const inside = git(join(at, "nested"), "log", "--format=%H");
    const made = await save(world);
    await remove(world);
    const result = await again();
    expect(seen(at)).toEqual(before);
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
    const before = seen(at);
    const message = read(at, ".git/MERGE_MSG");
    await save(world);
    await remove(world);
    await again();
    expect(seen(at)).toEqual(before);
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
    const before = seen(at);
    await save(world);
    await remove(world);
    await again();
    expect(seen(at)).toEqual(before);
    write(at, "a.txt", "solved\n");
    git(at, "add", "a.txt");
    git(at, "-c", "core.editor=true", "rebase", "--continue");
    expect(git(at, "log", "-1", "--format=%s", "side")).toBe("from side");
  });

  test("on a branch without a commit", async () => {
    git(at, "checkout", "-q", "--orphan", "fresh");
    git(at, "rm", "-q", "-r", "--cached", ".");
    const before = seen(at);
    await save(world);
    await remove(world);
    await again();
    expect(seen(at)).toEqual(before);
  });

  test("with linked worktrees, inside and elsewhere", async () => {
    const elsewhere = join(world.guestHome, "else where/tree");
    git(at, "worktree", "add", "-q", "-b", "linked", elsewhere);
    git(at, "worktree", "add", "-q", "--detach", join(at, "inside"));
    commit(elsewhere, { "l.txt": "l\n" });
    write(elsewhere, "dirty.txt", "d\n");
    const before = [seen(at), git(elsewhere, "status", "--porcelain"), git(at, "worktree", "list")];
    await save(world);
    await remove(world);
    rmSync(elsewhere, { recursive: true });
    await again();
    expect([seen(at), git(elsewhere, "status", "--porcelain"), git(at, "worktree", "list")]).toEqual(before);
    expect(workspaces()).toEqual(["shop-work"]);

    await remove(world);
    write(elsewhere, "mine.txt", "not to be touched\n");
    await again();
    expect(read(elsewhere, "mine.txt")).toBe("not to be touched\n");
    const [id] = (await listSaves(world.ctx)).map((one) => one.id);
    expect(read(join(world.guestHome, `agent-vm.restored.${id}`, elsewhere), "dirty.txt")).toBe("d\n");
  });

  test("after the VM was made anew and the host's branch was deleted", async () => {
    commit(at, { "a.txt": "1\n" });
    write(at, "new.txt", "n\n");
    const before = seen(at);
    await save(world, "destroy");
    rmSync(join(world.guestHome, "workspace"), { recursive: true });
    rmSync(world.ctx.paths.workspaces);
    git(world.repo, "branch", "-q", "-D", "work");
    const result = await again();
    expect(result.onHost).toBe(false);
    expect(seen(at)).toEqual(before);
    expect(() => git(world.repo, "rev-parse", "--verify", "-q", "refs/heads/work")).toThrow();
  });

  test("by its save's id from anywhere, also when the host's repository is gone", async () => {
    write(at, "new.txt", "n\n");
    const before = seen(at);
    const { id } = await save(world);
    write(at, "new.txt", "newer\n");
    await save(world);
    await remove(world);
    renameSync(world.repo, `${world.repo}.away`);
    const result = await restore({ ...world.ctx, cwd: world.hostHome }, { save: id });
    expect(result).toMatchObject({ save: { id }, onHost: false });
    expect(seen(at)).toEqual(before);
  });

  test("from a bundle, when git's own check would not take the objects", async () => {
    commit(at, { "a.txt": "1\n" });
    const tree = git(at, "write-tree");
    const odd = shell(
      at,
      `printf 'tree ${tree}\\nparent ${git(at, "rev-parse", "HEAD")}\\nauthor A <a@example.org> 1 +0000\\ncommitter no mail 1 +0000\\n\\nodd\\n' | git hash-object -t commit -w --stdin --literally`,
    ).trim();
    git(at, "update-ref", "refs/heads/work", odd);
    write(at, "new.txt", "n\n");
    const before = seen(at);
    expect((await save(world)).bundled).toBe(true);
    await remove(world);
    await again();
    expect(seen(at)).toEqual(before);
  });

  test("with files that a filter of the agent's made, as they were on the disk", async () => {
    git(at, "config", "--file", join(world.guestHome, ".gitconfig"), "filter.up.smudge", "tr a-z A-Z");
    git(at, "config", "--file", join(world.guestHome, ".gitconfig"), "filter.up.clean", "tr A-Z a-z");
    write(at, ".gitattributes", "*.up filter=up\n");
    commit(at, { ".gitattributes": "*.up filter=up\n", "same.up": "Same\n", "changed.up": "x\n" });
    rmSync(join(at, "same.up"));
    git(at, "checkout", "--", "same.up");
    write(at, "changed.up", "My Own\n");
    const before = seen(at);
    await save(world);
    await remove(world);
    await again();
    expect(seen(at)).toEqual(before);
    expect([read(at, "same.up"), read(at, "changed.up")]).toEqual(["SAME\n", "My Own\n"]);
  });

  test("with what a filter keeps outside of git, and without a filter that fails now", async () => {
    const config = join(world.guestHome, ".gitconfig");
    const store = join(world.guestHome, "store");
    git(at, "config", "--file", config, "filter.away.clean", `cat >"${store}"; echo pointer`);
    git(at, "config", "--file", config, "filter.away.smudge", `cat "${store}"`);
    git(at, "config", "--file", config, "filter.away.required", "true");
    write(at, ".git/lfs/objects/aa/bb/object", "large\n");
    git(at, "config", "--file", config, "filter.same.smudge", `test -e "${store}" && cat`);
    git(at, "config", "--file", config, "filter.same.clean", "cat");
    git(at, "config", "--file", config, "filter.same.required", "true");
    const attributes = "*.bin filter=away\n*.same filter=same\n";
    commit(at, { ".gitattributes": attributes, "a\nb.bin": "content\n", "x.same": "same\n", plain: "p\n" });
    expect(git(at, "show", "HEAD:a\nb.bin")).toBe("pointer");
    shell(at, "touch -d '1 hour ago' *");
    expect(git(at, "status", "--porcelain")).toBe("");
    await save(world);
    await remove(world);
    rmSync(store);
    await again();
    expect(read(at, "a\nb.bin")).toBe("content\n");
    expect([read(at, "x.same"), read(at, "plain")]).toEqual(["same\n", "p\n"]);
    expect(read(at, ".git/lfs/objects/aa/bb/object")).toBe("large\n");
    expect(git(at, "status", "--porcelain")).toBe("");
  });

  test.each([
    ["an attribute that is not committed", () => write(at, ".gitattributes", "* text=auto\n")],
    [
      "the agent's settings",
      () => git(at, "config", "--file", join(world.guestHome, ".gitconfig"), "core.autocrlf", "input"),
    ],
  ])("with line ends that git takes for equal, because of %s", async (_name, convert) => {
    convert();
    commit(at, { "dos file": "a\r\nb\n", unix: "u\n" });
    // Older than the index, so that git believes its times.
    shell(at, "touch -d '1 hour ago' 'dos file' unix");
    git(at, "status");
    git(at, "update-index", "--refresh");
    expect(git(at, "show", "HEAD:dos file")).not.toContain("\r");
    const before = seen(at);
    await save(world);
    await remove(world);
    await again();
    expect(seen(at)).toEqual(before);
    expect(read(at, "dos file")).toBe("a\r\nb\n");
  });

  test("with files that git converted by an attribute that is gone, or would by one that came", async () => {
    write(at, ".gitattributes", "was.dos text eol=crlf\n");
    commit(at, { "was.dos": "a\r\nb\r\n", "will.dos": "a\nb\n" });
    // Older than the index, so that git believes its times.
    shell(at, "touch -d '1 hour ago' *.dos");
    git(at, "update-index", "--refresh");
    rmSync(join(at, ".gitattributes"));
    commit(at, { ".gitattributes": "will.dos text eol=crlf\n" });
    expect(git(at, "status", "--porcelain")).toBe("");
    await save(world);
    await remove(world);
    await again();
    expect([read(at, "was.dos"), read(at, "will.dos")]).toEqual(["a\r\nb\r\n", "a\nb\n"]);
  });

  test("where a directory became a link, a file a directory, a directory a file", async () => {
    commit(at, { "links/f": "1\n", grows: "2\n", "shrinks/f": "3\n", "other/f": "4\n" });
    for (const name of ["links", "grows", "shrinks"]) rmSync(join(at, name), { recursive: true });
    symlinkSync("other", join(at, "links"));
    write(at, "grows/f", "now\n");
    write(at, "shrinks", "now\n");
    const before = seen(at);
    await save(world);
    await remove(world);
    await again();
    expect(seen(at)).toEqual(before);
  });

  test("with a file, a directory or nothing where a submodule was", async () => {
    const tip = git(at, "rev-parse", "HEAD");
    for (const name of ["file", "empty", "none"]) {
      git(at, "update-index", "--add", "--cacheinfo", `160000,${tip},${name}`);
    }
    git(at, "commit", "-q", "-m", "submodules");
    write(at, "file", "what was only here\n");
    mkdirSync(join(at, "empty"));
    const before = seen(at);
    await save(world);
    await remove(world);
    await again();
    expect(seen(at).files).toBe(before.files);
    expect(read(at, "file")).toBe("what was only here\n");
    expect(seen(at).stages).toBe(before.stages);
  });

  test("with files in the directory of a submodule that is not populated, of which git says nothing", async () => {
    git(at, "update-index", "--add", "--cacheinfo", `160000,${git(at, "rev-parse", "HEAD")},sub`);
    git(at, "commit", "-q", "-m", "a submodule");
    await fetchBranch(world.ctx, "work", { acceptRisk: true });
    write(at, "sub/deep/notes", "what was only here\n");
    expect(git(at, "status", "--porcelain", "--ignored")).toBe("");
    await cleanBranch(world.ctx, "work", false);
    expect(workspaces()).toEqual([]);
    await again();
    expect(read(at, "sub/deep/notes")).toBe("what was only here\n");
  });

  test("from what clean saved, once for each time it was cleaned", async () => {
    commit(at, { "a.txt": "1\n" });
    write(at, ".env", "secret\n");
    write(at, "nested/f", "f\n");
    git(join(at, "nested"), "init", "-q");
    commit(join(at, "nested"), { f: "inside\n" });
    const before = seen(at);
    for (let turn = 0; turn < 2; turn += 1) {
      await cleanBranch(world.ctx, "work", false);
      expect(workspaces()).toEqual([]);
      await again();
      expect(seen(at)).toEqual(before);
    }
    expect(await listSaves(world.ctx)).toHaveLength(2);
  });

  test("without programs of the save: its configuration and hooks stay in the vault", async () => {
    const trap = canary(world.guestHome, "hook");
    write(at, ".git/sequencer/todo", "pick\n");
    const made = await save(world);
    const vault = vaultPath(world.ctx, made.repoId).gitDir;
    const script = `
      export GIT_INDEX_FILE=$PWD/odd
      git read-tree $1
      blob=$(printf '[core]\n\thooksPath = /\n' | git hash-object -w --stdin)
      hook=$(git hash-object -w "$2")
      for name in config hooks/post-checkout rebase-merge/ok; do
        case $name in hooks/*) blob=$hook ;; esac
        git update-index --add --cacheinfo 100755,$blob,$name
      done
      git commit-tree -m odd $(git write-tree)`;
    const env = "GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@b";
    const ref = `refs/saves/${made.id}/own/state`;
    const odd = shell(vault, `export ${env}\nset -- ${ref} '${trap.program}'\n${script}`).trim();
    git(vault, "update-ref", ref, odd);
    const refs = made.refs.map((one) => (one.name === "own/state" ? { ...one, oid: odd } : one));
    await writeSave(world.ctx, { ...made, refs });
    await remove(world);
    await again();
    expect(git(at, "config", "--default", "none", "--get", "core.hooksPath")).toBe("none");
    expect(existsSync(join(at, ".git/hooks/post-checkout"))).toBe(false);
    expect(existsSync(join(at, ".git/rebase-merge/ok"))).toBe(true);
    expect(trap.fired()).toBe(false);
  });
});
