// Repositories that lie elsewhere or have less than usual: linked worktrees, submodules, bare ones, no commit yet.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { settingsSchema } from "../../src/domain/settings.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createRepository, createWorld, git, read, type World, write } from "./guest.ts";
import { type, typeRefused } from "./unusual.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

const tip = (directory: string, ref = "HEAD") => git(directory, "rev-parse", ref);
const clean = (directory: string) => expect(git(directory, "status", "--porcelain")).toBe("");

describe("a linked worktree", () => {
  test("is where a command may be typed, and a branch's files follow in the one that has it", async () => {
    const linked = join(world.hostHome, "linked");
    const other = join(world.hostHome, "other");
    git(world.repo, "worktree", "add", "-q", "-b", "work", linked);
    git(world.repo, "worktree", "add", "-q", "-b", "elsewhere", other);
    await type(world, linked, "push work");
    commit(world.at("shop-work"), { "a.txt": "1\n" });
    await type(world, other, "fetch work");
    expect(read(linked, "a.txt")).toBe("1\n");
    for (const place of [linked, other, world.repo]) clean(place);
  });

  test("of a bare repository works as any clone", async () => {
    const bare = join(world.hostHome, "store.git");
    git(world.hostHome, "clone", "-q", "--bare", world.repo, bare);
    const linked = join(world.hostHome, "tree");
    git(bare, "worktree", "add", "-q", "-b", "work", linked);
    await type(world, linked, "push work");
    const made = commit(world.at("store-work"), { "a.txt": "1\n" });
    await type(world, linked, "fetch work");
    expect([read(linked, "a.txt"), tip(linked)]).toEqual(["1\n", made]);
    clean(linked);
    const error = await typeRefused(world, bare, "push work");
    expect(error.exit).toBe(EXIT.usage);
    expect(error.text).toMatch(/bare repository[\s\S]*git worktree add/);
  });
});

// Where the disk is, a rename from the repository to our own state cannot be.
test("a repository on another file system than our own state, in a place that needs every quoting", async () => {
  const place = mkdtempSync('/dev/shm/av "a": \\b, ');
  try {
    expect(statSync(place).dev).not.toBe(statSync(world.hostHome).dev);
    const repo = createRepository(join(place, "far"));
    await type(world, repo, "push work");
    const made = commit(world.at("far-work"), { "a.txt": "1\n" });
    await type(world, repo, "fetch work");
    expect(tip(repo, "work")).toBe(made);
    git(repo, "fsck", "--strict");
  } finally {
    rmSync(place, { recursive: true });
  }
});

/** A repository that has another as the submodule `lib`; the submodule's directory. */
function withSubmodule(): string {
  const lib = createRepository(join(world.hostHome, "lib"));
  git(world.repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", lib, "lib");
  git(world.repo, "commit", "-q", "-m", "with lib");
  const inside = join(world.repo, "lib");
  git(inside, "checkout", "-q", "-b", "work");
  return inside;
}

describe("a git directory that lies elsewhere", () => {
  const places: [string, () => string][] = [
    ["a submodule", withSubmodule],
    [
      "--separate-git-dir",
      () => {
        const place = createRepository(
          join(world.hostHome, "lib"),
          `--separate-git-dir=${world.hostHome}/lib.git`,
        );
        git(place, "checkout", "-q", "-b", "work");
        return place;
      },
    ],
    [
      "--separate-git-dir that is called .git itself",
      () => {
        mkdirSync(join(world.hostHome, "apart/lib"), { recursive: true });
        const place = createRepository(
          join(world.hostHome, "lib"),
          `--separate-git-dir=${world.hostHome}/apart/lib/.git`,
        );
        git(place, "checkout", "-q", "-b", "work");
        return place;
      },
    ],
  ];

  test.each(places)("%s is a repository of its own", async (_, make) => {
    const place = make();
    await type(world, place, "push work");
    const made = commit(world.at("lib-work"), { "a.txt": "1\n" });
    await type(world, place, "fetch work");
    expect([read(place, "a.txt"), tip(place)]).toEqual(["1\n", made]);
    clean(place);
    expect(git(world.repo, "config", "--get", "--default", "", "agent-vm.id")).toBe("");
    write(world.at("lib-work"), "dirty.txt", "d\n");
    await type(world, place, "clean work");
    await type(world, place, "restore work");
    expect(read(world.at("lib-work"), "dirty.txt")).toBe("d\n");
  });

  test.each(places)("%s keeps an ignored file that a commit would overwrite", async (_, make) => {
    const place = make();
    await type(world, place, "push work");
    commit(world.at("lib-work"), { ".env": "theirs\n" });
    write(place, ".env", "precious\n");
    const before = tip(place);
    const error = await typeRefused(world, place, "fetch work");
    expect(error.exit).toBe(EXIT.refused);
    expect(error.text).toContain(".env");
    expect([read(place, ".env"), tip(place)]).toEqual(["precious\n", before]);
  });
});

test("files in the place that core.worktree names follow, and an ignored one there is kept", async () => {
  const files = join(world.hostHome, "files");
  // With a repository of its own, which is not the one that is meant.
  createRepository(files);
  git(world.repo, "checkout", "-q", "-b", "work");
  for (const name of ["README.md", ".gitignore"]) renameSync(join(world.repo, name), join(files, name));
  git(world.repo, "config", "core.worktree", files);
  await type(world, world.repo, "push work");
  const made = commit(world.at("shop-work"), { "a.txt": "1\n" });
  await type(world, world.repo, "fetch work");
  expect([read(files, "a.txt"), tip(world.repo)]).toEqual(["1\n", made]);
  clean(world.repo);
  commit(world.at("shop-work"), { ".env": "theirs\n" });
  write(files, ".env", "precious\n");
  const { exit, text } = await typeRefused(world, world.repo, "fetch work");
  expect([exit, text]).toEqual([EXIT.refused, expect.stringContaining(".env")]);
  expect([read(files, ".env"), tip(world.repo)]).toEqual(["precious\n", made]);
  // What is granted is looked for there, too.
  const { ctx } = world;
  const granting = { ...ctx, settings: settingsSchema.parse({ workspace: { carry: [".env"] } }) };
  git(world.repo, "branch", "other");
  await type({ ...world, ctx: granting }, world.repo, "push other");
  expect(read(world.at("shop-other"), ".env")).toBe("precious\n");
});

test("files whose place git does not tell are left alone", async () => {
  const place = join(world.hostHome, "lib");
  createRepository(place, `--separate-git-dir=${world.hostHome}/lib.git`);
  const linked = join(world.hostHome, "linked");
  git(place, "worktree", "add", "-q", linked);
  await type(world, linked, "push main");
  const made = commit(world.at("lib-main"), { ".env": "theirs\n" });
  write(place, ".env", "precious\n");
  const { exit, text } = await typeRefused(world, linked, "fetch main");
  expect(exit).toBe(EXIT.refused);
  expect(text).toContain("where git does not tell");
  expect(tip(place)).not.toBe(made);
  expect(read(place, ".env")).toBe("precious\n");
});

describe("no commit yet", () => {
  test("an empty repository is told how to begin", async () => {
    const empty = join(world.hostHome, "empty");
    git(world.hostHome, "init", "-q", "empty");
    for (const line of ["connect work", "push main"]) {
      const { exit, text } = await typeRefused(world, empty, line);
      expect([exit, text]).toEqual([
        EXIT.usage,
        expect.stringMatching(/no commit yet[\s\S]*git commit --allow-empty/),
      ]);
    }
    expect(readdirSync(join(world.guestHome, "workspace"))).toEqual([]);
    await type(world, empty, "status");
    git(empty, "commit", "-q", "--allow-empty", "-m", "start");
    await type(world, empty, "push work");
    clean(world.at("empty-work"));
  });

  test("on an unborn branch other branches work, and a new one is refused with what is true", async () => {
    git(world.repo, "branch", "work");
    git(world.repo, "checkout", "-q", "--orphan", "fresh");
    await type(world, world.repo, "push work");
    const { exit, text } = await typeRefused(world, world.repo, "push another");
    expect(exit).toBe(EXIT.usage);
    expect(text).toContain('"fresh"');
    expect(text).toContain("git branch another main");
    const made = commit(world.at("shop-work"), { "a.txt": "1\n" });
    await type(world, world.repo, "fetch work");
    expect(tip(world.repo, "work")).toBe(made);
    expect(git(world.repo, "symbolic-ref", "HEAD")).toBe("refs/heads/fresh");
  });

  test("a detached HEAD makes branches from where it is, and stays", async () => {
    const first = tip(world.repo);
    commit(world.repo, { "b.txt": "2\n" });
    git(world.repo, "checkout", "-q", "--detach", first);
    await type(world, world.repo, "push work");
    const made = commit(world.at("shop-work"), { "a.txt": "1\n" });
    await type(world, world.repo, "fetch work");
    expect([tip(world.repo), tip(world.repo, "work"), tip(world.repo, "work~")]).toEqual([
      first,
      made,
      first,
    ]);
    expect(existsSync(join(world.repo, "a.txt"))).toBe(false);
    clean(world.repo);
  });
});

test("a repository that borrows objects: workspace and vault stand alone", async () => {
  const lent = join(world.hostHome, "lent");
  git(world.hostHome, "clone", "-q", "--shared", world.repo, lent);
  git(lent, "checkout", "-q", "-b", "work");
  commit(lent, { "b.txt": "2\n" });
  await type(world, lent, "push work");
  write(world.at("lent-work"), "dirty.txt", "d\n");
  await type(world, lent, "clean work");
  await type(world, lent, "restore work");
  const vault = join(world.ctx.paths.sharedState, "vault", git(lent, "config", "agent-vm.id"), "objects.git");
  renameSync(join(world.repo, ".git"), join(world.hostHome, "gone"));
  expect(existsSync(join(vault, "objects/info/alternates"))).toBe(false);
  git(vault, "fsck", "--full");
  git(world.at("lent-work"), "fsck", "--full");
});
