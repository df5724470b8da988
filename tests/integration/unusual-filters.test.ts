// A repository of git-crypt, the real one: the workspace has what git stores, and no tree is left half-filtered.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EXIT } from "../../src/errors.ts";
import { commit, createWorld, git, read, type World, write } from "./guest.ts";
import { type, typeRefused } from "./unusual.ts";

let world: World;
const crypt = (directory: string, ...args: string[]) =>
  execFileSync("git-crypt", args, {
    cwd: directory,
    env: { PATH: process.env["PATH"], HOME: world.hostHome },
    stdio: ["ignore", "pipe", "pipe"],
  });
beforeEach(async () => {
  world = await createWorld();
  git(world.repo, "checkout", "-q", "-b", "work");
  crypt(world.repo, "init");
  commit(world.repo, { ".gitattributes": "*.key filter=git-crypt diff=git-crypt\n" });
  commit(world.repo, { "a.key": "secret\n", "a.txt": "plain\n" });
});
afterEach(() => world.remove());

const inside = () => world.at("shop-work");
const said = () => world.said.join("\n");
const clean = (directory: string) => expect(git(directory, "status", "--porcelain")).toBe("");
const isEncrypted = (directory: string, path: string) =>
  readFileSync(join(directory, path)).subarray(0, 10).toString("latin1") === "\0GITCRYPT\0";

test("the workspace has the encrypted files, said once; other work goes both ways", async () => {
  await type(world, world.repo, "push work");
  expect(isEncrypted(inside(), "a.key")).toBe(true);
  expect(said()).toContain("filters (git-crypt)");
  expect(readdirSync(join(inside(), ".git"))).not.toContain("git-crypt");
  clean(inside());
  world.said.length = 0;
  commit(world.repo, { "a.key": "other\n" });
  await type(world, world.repo, "push work");
  expect(said()).not.toContain("git-crypt");
  expect(isEncrypted(inside(), "a.key")).toBe(true);
  clean(inside());
  commit(inside(), { "a.txt": "from the agent\n" });
  await type(world, world.repo, "fetch work");
  expect([read(world.repo, "a.txt"), read(world.repo, "a.key")]).toEqual(["from the agent\n", "other\n"]);
  clean(world.repo);
  write(inside(), "dirty.txt", "d\n");
  for (const line of ["diff work", "log work", "clean work", "restore work"])
    await type(world, world.repo, line);
  expect(isEncrypted(inside(), "a.key")).toBe(true);
});

test("an encrypted file that the agent changed leaves the host's branch and files alone, until it is done by hand", async () => {
  await type(world, world.repo, "push work");
  const before = git(world.repo, "rev-parse", "HEAD");
  commit(inside(), { "a.key": "a plain text, as an agent writes it\n", "a.txt": "too\n" });
  const { exit, text } = await typeRefused(world, world.repo, "fetch work");
  expect(exit).toBe(EXIT.refused);
  expect(text).toMatch(/filter: git-crypt[\s\S]*git merge --ff-only refs\/agent-vm/);
  expect(git(world.repo, "rev-parse", "HEAD")).toBe(before);
  expect([read(world.repo, "a.key"), read(world.repo, "a.txt")]).toEqual(["secret\n", "plain\n"]);
  clean(world.repo);
  git(world.repo, "merge", "-q", "--ff-only", "refs/agent-vm/shop-work/heads/work");
  expect(read(world.repo, "a.key")).toBe("a plain text, as an agent writes it\n");
});

test("a branch that is checked out nowhere moves, for no file is touched", async () => {
  await type(world, world.repo, "push work");
  git(world.repo, "checkout", "-q", "main");
  const made = commit(inside(), { "a.key": "a plain text, as an agent writes it\n" });
  await type(world, world.repo, "fetch work");
  expect(git(world.repo, "rev-parse", "work")).toBe(made);
});

test("a host that is locked, too, has the same encrypted files, and everything goes", async () => {
  const locked = join(world.hostHome, "locked");
  git(world.hostHome, "clone", "-q", "-b", "work", world.repo, locked);
  await type(world, locked, "push work");
  const there = world.at("locked-work");
  commit(there, { "a.txt": "too\n", "b.key": "a plain text, as an agent writes it\n" });
  await type(world, locked, "fetch work");
  expect(isEncrypted(locked, "a.key")).toBe(true);
  expect(read(locked, "b.key")).toBe("a plain text, as an agent writes it\n");
  clean(locked);
});

test("a workspace that the agent unlocked is pushed to, seen and saved as any", async () => {
  const key = join(world.hostHome, "key");
  crypt(world.repo, "export-key", key);
  await type(world, world.repo, "push work");
  crypt(inside(), "unlock", key);
  expect(read(inside(), "a.key")).toBe("secret\n");
  commit(world.repo, { "a.key": "other\n" });
  await type(world, world.repo, "push work");
  expect(read(inside(), "a.key")).toBe("other\n");
  clean(inside());
  write(inside(), "a.key", "edited\n");
  await type(world, world.repo, "clean work");
  expect(existsSync(inside())).toBe(false);
  await type(world, world.repo, "restore work");
  expect(read(inside(), "a.key")).toBe("edited\n");
});
