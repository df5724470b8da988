// A workspace is saved whole, without being changed, and a save that is not whole is none.

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Transform } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { fingerprintOf, type Saved, saveWorkspace } from "../../src/domain/sync/save/save.ts";
import { listSaves, saveDirectory } from "../../src/domain/vault/records.ts";
import { vaultPath } from "../../src/domain/vault/vault.ts";
import { parseBranch } from "../../src/domain/workspace/branch.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { findWorkspace, type Workspace } from "../../src/domain/workspace/registry.ts";
import { findRepository, type Repository } from "../../src/domain/workspace/repository.ts";
import { examine } from "../../src/domain/workspace/unsaved.ts";
import type { UserError } from "../../src/errors.ts";
import { commit, createWorld, git, refused, type World, write } from "./guest.ts";

let world: World;
let repo: Repository;
let workspace: Workspace;
let at: string;
let count = 0;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.remove());

beforeEach(async () => {
  count += 1;
  const branch = await parseBranch(world.ctx, `work${count}`);
  await pushToWorkspace(world.ctx, branch);
  repo = await findRepository(world.ctx);
  const found = await findWorkspace(world.ctx, repo.id, branch);
  if (!found) throw new Error("no workspace");
  workspace = found;
  at = world.at(found.dir);
});

const save = async (ignored = true, why: "wip" | "clean" = "clean", ctx = world.ctx): Promise<Saved> =>
  saveWorkspace(ctx, await ctx.target(), { dir: workspace.dir, workspace, repo, why, ignored });
const vault = () => vaultPath(world.ctx, repo.id).gitDir;
const show = (saved: Saved, spec: string) => git(vault(), "show", `refs/saves/${saved.save.id}/${spec}`);

/** Everything below a directory that git wrote there: names and contents. */
const everything = (directory: string): string =>
  execFileSync("sh", ["-c", "find . -type f -print0 | sort -z | xargs -0 sha256sum", "sh"], {
    cwd: directory,
    encoding: "latin1",
  });

describe("a workspace", () => {
  test("is saved with all that git and the disk hold, and stays as it was", async () => {
    write(at, ".gitattributes", "*.txt text\n");
    write(at, "dos.txt", "a\r\n");
    const first = commit(at, { "a.txt": "1\n", run: "#!/bin/sh\n" });
    const lost = commit(at, { "a.txt": "amended away\n" });
    git(at, "reset", "-q", "--hard", first);
    write(at, "a.txt", "stashed\n");
    git(at, "stash", "push", "-q", "-m", "my stash");
    git(at, "branch", "other");
    git(at, "tag", "-a", "-m", "t", "annotated");
    write(at, "a.txt", "staged\n");
    git(at, "add", "a.txt");
    write(at, "a.txt", "changed\r\n");
    chmodSync(join(at, "run"), 0o755);
    write(at, "new\nline", "untracked\n");
    writeFileSync(Buffer.concat([Buffer.from(`${at}/`), Buffer.from([0xff])]), "bytes\n");
    symlinkSync("nowhere", join(at, "link"));
    write(at, ".env", "secret\n");
    write(at, "node_modules/x/i.js", "again\n");
    write(at, "nested/f", "inside\n");
    git(join(at, "nested"), "init", "-q");
    commit(join(at, "nested"), { f: "inside\n" });
    const before = everything(at);
    const saved = await save();
    expect(everything(at)).toBe(before);
    expect(existsSync(world.at(`.agent-vm.save.${workspace.dir}`))).toBe(false);

    expect(show(saved, "own/tree:a.txt")).toBe("changed\r");
    expect(show(saved, "own/index:a.txt")).toBe("staged");
    expect(show(saved, "own/head:a.txt")).toBe("1");
    expect(show(saved, "own/stash/0:a.txt")).toBe("stashed");
    expect(show(saved, "own/tree:.env")).toBe("secret");
    expect(show(saved, "own/tree:new\nline")).toBe("untracked");
    expect(saved.save.stashes[0]?.message).toContain("my stash");
    expect(saved.save.head).toEqual({ on: `refs/heads/${workspace.branch}`, oid: first });
    const names = git(vault(), "ls-tree", "-rz", `refs/saves/${saved.save.id}/own/tree`);
    expect(names).toContain("100755");
    expect(names).toContain("120000");
    expect(names).not.toContain("node_modules");
    expect(saved.save.regenerable).toBe(1);
    expect(git(vault(), "rev-list", `refs/saves/${saved.save.id}/own/earlier`)).toContain(lost);
    expect(git(vault(), "cat-file", "-t", `refs/saves/${saved.save.id}/refs/tags/annotated`)).toBe("tag");
    const [tar] = saved.save.files;
    const list = execFileSync("tar", ["-tf", join(saveDirectory(world.ctx, saved.save), tar?.file ?? "")], {
      encoding: "utf8",
    });
    expect(list).toContain("nested/.git/HEAD");
    expect(await listSaves(world.ctx, repo.id)).toContainEqual(saved.save);
  });

  test("in the middle of a conflicting merge is saved with every side of it", async () => {
    commit(at, { f: "base\n" });
    git(at, "switch", "-q", "-c", "theirs");
    commit(at, { f: "theirs\n" });
    git(at, "switch", "-q", workspace.branch);
    commit(at, { f: "ours\n" });
    expect(() => git(at, "merge", "-q", "theirs")).toThrow();
    const saved = await save();
    expect(show(saved, "own/stages:1/f")).toBe("base");
    expect(show(saved, "own/stages:2/f")).toBe("ours");
    expect(show(saved, "own/stages:3/f")).toBe("theirs");
    expect(show(saved, "own/tree:f")).toContain("<<<<<<<");
    expect(show(saved, "own/state:MERGE_HEAD")).toBe(git(at, "rev-parse", "theirs"));
    expect(git(at, "ls-files", "-u")).not.toBe("");
  });

  test("with files that git was told not to look at is saved with what they hold", async () => {
    commit(at, { assumed: "1\n", skipped: "1\n" });
    git(at, "update-index", "--assume-unchanged", "assumed");
    git(at, "update-index", "--skip-worktree", "skipped");
    write(at, "assumed", "2\n");
    write(at, "skipped", "2\n");
    const saved = await save();
    expect(show(saved, "own/tree:assumed")).toBe("2");
    expect(show(saved, "own/tree:skipped")).toBe("2");
  });

  test("with an edit that its index says nothing of, as git noted a time without looking", async () => {
    commit(at, { assumed: "1\n" });
    // git compares whole seconds: all of it has to happen in one.
    await new Promise((resolve) => setTimeout(resolve, 1010 - (Date.now() % 1000)));
    write(at, "assumed", "1\n");
    git(at, "update-index", "--refresh");
    git(at, "update-index", "--assume-unchanged", "assumed");
    write(at, "assumed", "2\n");
    // Later git writes the index again, for something else.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const now = new Date();
    utimesSync(join(at, ".git/index"), now, now);
    expect(show(await save(), "own/tree:assumed")).toBe("2");
  });

  test("without a commit of its own, or without any, is saved", async () => {
    git(at, "checkout", "-q", "--orphan", "empty");
    git(at, "rm", "-rq", "--cached", ".");
    const saved = await save();
    expect(saved.save.head).toEqual({ on: "refs/heads/empty" });
    expect(show(saved, "own/tree:README.md")).toBe("hello");
  });

  test("with work in progress alone leaves ignored files out", async () => {
    write(at, ".env", "secret\n");
    write(at, "mine", "1\n");
    const saved = await save(false, "wip");
    expect(show(saved, "own/tree:mine")).toBe("1");
    expect(() => show(saved, "own/tree:.env")).toThrow();
  });

  test("is brought home by fetch --wip before anything else, and what stays there is named", async () => {
    const first = commit(at, { "a.txt": "1\n" });
    write(at, "mine", "1\n");
    write(at, "vendor/f", "1\n");
    git(join(at, "vendor"), "init", "-q");
    commit(join(at, "vendor"), { f: "1\n" });
    const before = everything(at);
    await fetchBranch(world.ctx, workspace.branch, { wip: true });
    expect(everything(at)).toBe(before);
    expect(git(world.repo, "rev-parse", workspace.branch)).toBe(first);
    const said = world.said.join("\n");
    const [, ref = ""] = /show (refs\/saves\/\S+\/own\/tree)/.exec(said) ?? [];
    expect(git(vault(), "show", `${ref}:mine`)).toBe("1");
    expect(said).toContain("vendor/");
  });

  test("is brought home by fetch --wip also when git was told not to look at it", async () => {
    await fetchBranch(world.ctx, workspace.branch, { wip: true });
    expect(world.said.at(-1)).not.toContain("/own/tree");
    git(at, "update-index", "--assume-unchanged", "README.md");
    write(at, "README.md", "edited\n");
    await fetchBranch(world.ctx, workspace.branch, { wip: true });
    const [, ref = ""] = /show (refs\/saves\/\S+\/own\/tree)/.exec(world.said.slice(-4).join("\n")) ?? [];
    expect(git(vault(), "show", `${ref}:README.md`)).toBe("edited");
  });

  test("whose objects git's check refuses is kept as a bundle", async () => {
    const tree = execFileSync(
      "git",
      ["-C", at, "hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
      {
        input: Buffer.concat([
          Buffer.from("100644 .git\0"),
          Buffer.from(git(at, "hash-object", "-w", "README.md"), "hex"),
        ]),
        encoding: "utf8",
      },
    ).trim();
    const oid = git(at, "commit-tree", "-m", "evil", "-p", "HEAD", tree);
    git(at, "update-ref", "refs/heads/evil", oid);
    const saved = await save();
    expect(saved.save.bundled).toBe(true);
    const file = join(saveDirectory(world.ctx, saved.save), "objects.bundle");
    expect(git(vault(), "bundle", "list-heads", file)).toContain(`${oid} refs/save/refs/heads/evil`);
    expect(git(vault(), "for-each-ref", `refs/saves/${saved.save.id}`)).toBe("");
  });

  test("has the same fingerprint while nothing changes, also under another name, and another one then", async () => {
    write(at, "mine", "1\n");
    const { fingerprint } = await save();
    const target = await world.ctx.target();
    const again = (dir: string) => fingerprintOf(world.ctx, target, { dir, workspace, repo, ignored: true });
    expect(await again(workspace.dir)).toBe(fingerprint);
    const leaving = `.agent-vm.leaving.${workspace.dir}`;
    execFileSync("mv", [at, world.at(leaving)]);
    expect(await again(leaving)).toBe(fingerprint);
    execFileSync("mv", [world.at(leaving), at]);
    write(at, "mine", "2\n");
    expect(await again(workspace.dir)).not.toBe(fingerprint);
  });
});

describe("a save that cannot be whole leaves no record", () => {
  const saves = async () => (await listSaves(world.ctx, repo.id)).length;

  async function fails(run: World["ctx"]["run"] = world.ctx.run): Promise<UserError> {
    const before = await saves();
    const error = await refused(save(true, "clean", { ...world.ctx, run }));
    expect(await saves()).toBe(before);
    expect(error.exit).toBe(4);
    return error;
  }

  test("when an object of the workspace is damaged", async () => {
    const oid = commit(at, { precious: "seen nowhere else\n" });
    const blob = git(at, "rev-parse", `${oid}:precious`);
    const path = join(at, ".git/objects", blob.slice(0, 2), blob.slice(2));
    chmodSync(path, 0o644);
    writeFileSync(path, "");
    // The file itself would be saved as it lies there, and the object with it.
    write(at, "precious", "another one\n");
    const error = await fails();
    expect(error.message).toContain("nothing was deleted");
  });

  test.skipIf(process.getuid?.() === 0)("when a file cannot be read", async () => {
    write(at, "closed", "1\n");
    chmodSync(join(at, "closed"), 0);
    await fails();
  });

  test("when what comes beside git's objects is not what the VM has packed", async () => {
    git(at, "init", "-q", "inner");
    const error = await fails((argv, options = {}) => {
      const { into } = options;
      if (into === undefined) return world.ctx.run(argv, options);
      const other = new Transform({
        transform: (chunk: Buffer, _encoding, done) => done(null, Buffer.from(chunk).fill("?", 1, 2)),
      });
      other.pipe(into);
      return world.ctx.run(argv, { ...options, into: other });
    });
    expect(error.details.join("\n")).toContain("what arrived is not what it sent");
  });

  test("when the vault cannot be written", async () => {
    write(at, "mine", "1\n");
    await save();
    const closed = [join(vault(), "objects/pack"), join(vaultPath(world.ctx, repo.id).directory, "saves")];
    for (const path of closed) chmodSync(path, 0o500);
    write(at, "mine", "2\n");
    try {
      await fails();
    } finally {
      for (const path of closed) chmodSync(path, 0o700);
    }
  });
});

test("where a reference does not come that the VM has told of, all of it comes as a bundle", async () => {
  const head = git(at, "rev-parse", "HEAD");
  const run: World["ctx"]["run"] = async (argv, options) => {
    const said = await world.ctx.run(argv, options);
    const more = `=ref\0${head}\0refs/heads/never\0=done\0`;
    return said.stdout.startsWith("=") ? { ...said, stdout: said.stdout.replace(/=done\0$/, more) } : said;
  };
  expect((await save()).save.bundled).toBe(false);
  expect((await save(true, "clean", { ...world.ctx, run })).save.bundled).toBe(true);
});

describe("what git does not speak of is saved all the same", () => {
  const examined = async () => {
    const target = await world.ctx.target();
    const found = (await examine(world.ctx, target, [workspace])).examined[0];
    return (found?.lines ?? []).join("\n");
  };
  const packed = (saved: Saved) => {
    const tar = saved.save.files.find((one) => one.kind === "tar");
    return execFileSync("tar", ["-tf", join(saveDirectory(world.ctx, saved.save), tar?.file ?? "")], {
      encoding: "utf8",
    });
  };

  test("a repository in a directory of tracked files", async () => {
    commit(at, { "sub/a": "1\n" });
    await fetchBranch(world.ctx, workspace.branch);
    git(join(at, "sub"), "init", "-q");
    commit(join(at, "sub"), { a: "1\n" });
    expect(await examined()).toContain("sub");
    expect(packed(await save())).toContain("sub/.git/HEAD");
  });

  test("large files, those that nothing makes smaller apart from the others", async () => {
    const large = {
      "random\n1": randomBytes(3_000_000),
      zeros: Buffer.alloc(3_000_000),
      "random 2": randomBytes(1_100_000),
    };
    for (const [path, bytes] of Object.entries(large)) writeFileSync(join(at, path), bytes);
    const { save: kept } = await save();
    for (const [path, bytes] of Object.entries(large)) {
      const object = `refs/saves/${kept.id}/own/tree:${path}`;
      const there = execFileSync("git", ["--git-dir", vault(), "cat-file", "blob", object], {
        maxBuffer: 1e7,
      });
      expect(there.equals(bytes)).toBe(true);
    }
  });

  test("what some file system could take for a directory of git's", async () => {
    write(at, "sub/.GIT/config", "mine\n");
    write(at, ".Git", "mine\n");
    const names = packed(await save()).split("\n");
    expect(names).toContain("sub/.GIT/config");
    expect(names).toContain(".Git");
  });

  test("what a linked worktree has staged, and its HEAD that no reflog names", async () => {
    const side = join(world.guestHome, `side${count}`);
    git(at, "worktree", "add", "-q", "--detach", side);
    write(side, "a", "staged\n");
    git(side, "add", "a");
    write(side, "a", "later\n");
    const own = git(side, "rev-parse", "--absolute-git-dir");
    const lost = git(side, "commit-tree", "-p", "HEAD", "-m", "lost", "HEAD^{tree}");
    rmSync(join(own, "logs"), { recursive: true });
    writeFileSync(join(own, "HEAD"), `${lost}\n`);
    await save();
    for (const object of [lost, git(side, "rev-parse", ":a")]) git(vault(), "cat-file", "-e", object);
  });

  test("commits that nothing names but an operation in progress", async () => {
    const theirs = git(at, "commit-tree", "-m", "theirs", "HEAD^{tree}");
    writeFileSync(join(at, ".git/MERGE_HEAD"), `${theirs}\n`);
    await save();
    git(vault(), "cat-file", "-e", theirs);
  });

  test("one that is damaged, which git takes for a directory", async () => {
    git(at, "init", "-q", "inner");
    commit(join(at, "inner"), { a: "1\n" });
    writeFileSync(join(at, "inner/.git/HEAD"), "");
    expect(packed(await save())).toContain("inner/.git/objects");
  });

  test("an edit of the same size within the second of its commit", async () => {
    for (let round = 0; round < 3; round += 1) {
      commit(at, { f: "1\n" });
      write(at, "f", "2\n");
      expect(show(await save(), "own/tree:f")).toBe("2");
    }
  });

  test("what LFS keeps beside git", async () => {
    write(at, ".git/lfs/objects/ab/cd/abcd", "large\n");
    expect(await examined()).toContain(".git/lfs");
    expect(packed(await save())).toContain(".git/lfs/objects/ab/cd/abcd");
  });

  test("what a clean filter leaves out", async () => {
    git(at, "config", "filter.strip.clean", "sed /secret/d");
    commit(at, { ".gitattributes": "*.nb filter=strip\n", "a.nb": "1\nsecret\n" });
    await fetchBranch(world.ctx, workspace.branch);
    expect(git(at, "status", "--porcelain")).toBe("");
    expect(await examined()).toContain("a.nb");
    expect(show(await save(), "own/tree:a.nb")).toContain("secret");
  });

  test("a stash without a reflog", async () => {
    write(at, "README.md", "stashed\n");
    git(at, "stash", "-q");
    git(at, "reflog", "expire", "--expire=now", "--all");
    expect(await examined()).toContain("stash");
    expect(show(await save(), "own/stash/0:README.md")).toBe("stashed");
  });

  test("from a subdirectory of the host's repository, when there is no vault yet", async () => {
    mkdirSync(join(world.repo, "below"), { recursive: true });
    rmSync(vault(), { recursive: true, force: true });
    const where = { id: repo.id, directory: join(world.repo, "below") };
    write(at, "mine", "1\n");
    const what = { dir: workspace.dir, workspace, repo: where, why: "wip" as const, ignored: false };
    expect(show(await saveWorkspace(world.ctx, await world.ctx.target(), what), "own/tree:mine")).toBe("1");
    expect(git(vault(), "for-each-ref", "refs/host/heads")).not.toBe("");
  });

  test.each([
    ["a directory that nobody can read", () => mkdirSync(join(at, "closed"), { mode: 0 })],
    ["a reference that a crash left empty", () => writeFileSync(join(at, ".git/refs/heads/torn"), "")],
  ])("and %s is no save", async (_what, spoil) => {
    spoil();
    const before = (await listSaves(world.ctx, repo.id)).length;
    expect((await refused(save())).exit).toBe(4);
    expect((await listSaves(world.ctx, repo.id)).length).toBe(before);
    expect(await examined()).not.toBe("");
    if (existsSync(join(at, "closed"))) chmodSync(join(at, "closed"), 0o700);
  });

  test("a branch with a name of spaces that are none to git", async () => {
    git(at, "branch", "a\u00a0b\u3000c");
    const saved = await save();
    expect(saved.save.refs.map((ref) => ref.name)).toContain("refs/heads/a\u00a0b\u3000c");
  });
});

test("the vault of a repository borrows nothing and shares nothing that a change could reach", async () => {
  write(at, "mine", "1\n");
  const saved = await save();
  expect(existsSync(join(vault(), "objects/info/alternates"))).toBe(false);
  expect(existsSync(join(vault(), "hooks"))).toBe(false);
  rmSync(join(world.repo, ".git/objects"), { recursive: true });
  mkdirSync(join(world.repo, ".git/objects"));
  expect(git(vault(), "fsck", "--connectivity-only")).toBe("");
  expect(show(saved, "own/tree:mine")).toBe("1");
  expect(readFileSync(join(vault(), "config"), "utf8")).not.toContain("remote");
});
