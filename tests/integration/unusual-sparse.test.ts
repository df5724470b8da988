// A sparse checkout on the host: the workspace is full unless the patterns go along, and the host's tree stays sparse.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { prepareWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createWorld, git, read, type World, write } from "./guest.ts";
import { type, typeRefused } from "./unusual.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  git(world.repo, "checkout", "-q", "-b", "work");
  commit(world.repo, {
    "in/a.txt": "1\n",
    "out/b.txt": "1\n",
    "deep/in/c.txt": "1\n",
    "deep/out/d.txt": "1\n",
  });
});
afterEach(() => world.remove());

const inside = () => world.at("shop-work");
const has = (directory: string, path: string) => existsSync(join(directory, path));
const KINDS: [string, string[]][] = [
  ["a cone", ["--cone", "in", "deep/in"]],
  ["patterns", ["--no-cone", "/*", "!out/", "!/deep/out/"]],
];

describe.each(KINDS)("a checkout of %s", (_, args) => {
  beforeEach(() => {
    git(world.repo, "sparse-checkout", "set", ...args);
    expect(has(world.repo, "out/b.txt")).toBe(false);
  });

  test("has a full workspace, and stays sparse after a fetch", async () => {
    await type(world, world.repo, "push work");
    expect(read(inside(), "out/b.txt")).toBe("1\n");
    expect(world.said.join("\n")).toContain("--sparse");
    commit(inside(), { "in/a.txt": "2\n", "out/b.txt": "2\n", "out/new.txt": "n\n", "in/new.txt": "n\n" });
    await type(world, world.repo, "fetch work");
    expect([read(world.repo, "in/a.txt"), read(world.repo, "in/new.txt")]).toEqual(["2\n", "n\n"]);
    expect([has(world.repo, "out/b.txt"), has(world.repo, "out/new.txt")]).toEqual([false, false]);
    expect(git(world.repo, "status", "--porcelain")).toBe("");
    expect(git(world.repo, "show", "HEAD:out/b.txt")).toBe("2");
  });

  test("gives its patterns to a new workspace with --sparse, which works as any", async () => {
    await type(world, world.repo, "push work --sparse");
    expect([has(inside(), "in/a.txt"), has(inside(), "out/b.txt")]).toEqual([true, false]);
    expect([has(inside(), "deep/in/c.txt"), has(inside(), "deep/out/d.txt")]).toEqual([true, false]);
    expect(git(inside(), "status", "--porcelain")).toBe("");
    commit(inside(), { "in/a.txt": "2\n" });
    await type(world, world.repo, "fetch work");
    commit(world.repo, { "in/more.txt": "m\n" });
    await type(world, world.repo, "push work --sparse");
    expect([has(inside(), "in/more.txt"), has(inside(), "out/b.txt")]).toEqual([true, false]);
    expect(git(inside(), "show", "HEAD:out/b.txt")).toBe("1");
  });

  test("comes back from a save as sparse as it was, with edits and what lies outside of the patterns", async () => {
    await type(world, world.repo, "push work --sparse");
    write(inside(), "dirty.txt", "d\n");
    write(inside(), "in/a.txt", "edited\n");
    write(inside(), "out/own.txt", "own\n");
    git(inside(), "add", "--sparse", "in/a.txt");
    const before = git(inside(), "ls-files", "-v", "-s");
    const patterns = read(inside(), ".git/info/sparse-checkout");
    const status = git(inside(), "status", "--porcelain");
    await type(world, world.repo, "clean work");
    await type(world, world.repo, "restore work");
    expect([read(inside(), "dirty.txt"), read(inside(), "in/a.txt")]).toEqual(["d\n", "edited\n"]);
    expect(read(inside(), "out/own.txt")).toBe("own\n");
    expect(git(inside(), "status", "--porcelain")).toBe(status);
    expect(git(inside(), "ls-files", "-v", "-s")).toBe(before);
    expect(read(inside(), ".git/info/sparse-checkout")).toBe(patterns);
    expect([has(inside(), "out/b.txt"), has(inside(), "deep/out")]).toEqual([false, false]);
    git(inside(), "sparse-checkout", "disable");
    expect(read(inside(), "deep/out/d.txt")).toBe("1\n");
  });

  test("gives them to a workspace that is there; what git does not track stays, an edit is refused", async () => {
    await type(world, world.repo, "push work");
    write(inside(), "out/.env", "ignored\n");
    write(inside(), "out/b.txt", "edited\n");
    const { exit, text } = await typeRefused(world, world.repo, "push work --sparse");
    expect(exit).toBe(EXIT.refused);
    expect(text).toContain("out/b.txt");
    expect([read(inside(), "out/b.txt"), has(inside(), "deep/out/d.txt")]).toEqual(["edited\n", true]);
    git(inside(), "checkout", "-q", "out/b.txt");
    await prepareWorkspace(world.ctx, "work", true);
    expect([has(inside(), "out/b.txt"), has(inside(), "deep/out/d.txt")]).toEqual([false, false]);
    expect(read(inside(), "out/.env")).toBe("ignored\n");
  });
});

test("--sparse where nothing is sparse is refused before anything is made", async () => {
  const { exit, text } = await typeRefused(world, world.repo, "push work --sparse");
  expect(exit).toBe(EXIT.usage);
  expect(text).toContain("git sparse-checkout set");
  expect(has(world.guestHome, "workspace/shop-work")).toBe(false);
});
