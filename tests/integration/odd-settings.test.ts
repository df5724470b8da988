// Settings of a user's git that change what git says or takes: the commands do their work with all of them at once.
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EXIT } from "../../src/errors.ts";
import { runCommand } from "../model/command.ts";
import { commit, createWorld, git, read, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

const SETTINGS = {
  // What `doctor --fix` sets: the vault is a bare repository.
  "safe.bareRepository": "explicit",
  "color.ui": "always",
  "column.ui": "always",
  "commit.gpgSign": "true",
  "core.abbrev": "4",
  "core.bigFileThreshold": "1k",
  "diff.ignoreSubmodules": "all",
  "diff.noprefix": "true",
  "diff.relative": "true",
  "diff.renames": "copies",
  "fetch.prune": "true",
  "format.pretty": "fuller",
  "i18n.logOutputEncoding": "UTF-16",
  "init.defaultObjectFormat": "sha256",
  "log.decorate": "full",
  "log.diffMerges": "off",
  "log.follow": "true",
  "log.showRoot": "false",
  "pack.indexVersion": "1",
  "pack.packSizeLimit": "1m",
  "push.default": "nothing",
  "push.gpgSign": "true",
  "push.pushOption": "ci.skip",
  "push.recurseSubmodules": "on-demand",
  "submodule.recurse": "true",
  "tag.gpgSign": "true",
  "transfer.hideRefs": "refs/heads",
};

test("every command on a workspace", async () => {
  git(world.repo, "branch", "-q", "work");
  const file = join(world.hostHome, ".gitconfig");
  for (const [key, value] of Object.entries(SETTINGS)) git("/", "config", "--file", file, key, value);
  const does = async (line: string, exit = 0) => {
    const outcome = await runCommand(world.ctx, line.split(" "));
    expect([line, outcome.exit, exit === 0 ? outcome.text : []]).toEqual([line, exit, []]);
  };
  const inside = world.at("shop-work");
  await does("push work");
  commit(inside, { "a.txt": "1\n" });
  write(inside, "dirty.txt", "x\n");
  for (const line of ["status", "diff work", "log work", "fetch work --wip", "scan work"]) await does(line);
  commit(inside, { ".husky/pre-commit": "x\n" });
  await does("fetch work", EXIT.refused);
  await does("fetch work --accept-risk");
  git(world.repo, "checkout", "-q", "work");
  git(world.repo, "-c", "commit.gpgSign=false", "commit", "-q", "--allow-empty", "-m", "mine");
  await does("push work --aside");
  commit(inside, { "b.txt": "1\n" });
  await does("clean work");
  await does("restore work");
  expect(read(inside, "b.txt") + read(inside, "dirty.txt")).toBe("1\nx\n");
}, 120_000);
