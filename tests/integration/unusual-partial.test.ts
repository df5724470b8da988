// Partial clones on the host: what they lack comes from their own remote, asked by the host, or not at all.
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EXIT } from "../../src/errors.ts";
import { commit, createWorld, git, read, type World, write } from "./guest.ts";
import { type, typeRefused } from "./unusual.ts";

let world: World;
let clone: string;
beforeEach(async () => {
  world = await createWorld();
  git(world.repo, "config", "uploadpack.allowFilter", "true");
  for (const n of ["1", "2", "3"]) commit(world.repo, { "dir/a.txt": `${n}\n`, [`f${n}.txt`]: `${n}${n}\n` });
  git(world.repo, "branch", "side");
  commit(world.repo, { "dir/a.txt": "4\n" });
});
afterEach(() => world.remove());

const said = () => world.said.join("\n");
const inside = () => world.at("clone-work");
const log = () => join(world.hostHome, "asked");
/** How often the remote was asked for objects. */
const asked = () => (existsSync(log()) ? readFileSync(log(), "utf8").split("\n").length - 1 : 0);
const tip = (directory: string, ref = "HEAD") => git(directory, "rev-parse", ref);

/** A clone whose remote notes each time that it is asked. */
function cloneWith(filter: string): void {
  clone = join(world.hostHome, "clone");
  git(world.hostHome, "clone", "-q", `--filter=${filter}`, `file://${world.repo}`, clone);
  const program = join(world.hostHome, "upload.sh");
  writeFileSync(program, `#!/bin/sh\necho asked >>'${log()}'\nexec git-upload-pack "$@"\n`);
  chmodSync(program, 0o755);
  git(clone, "config", "remote.origin.uploadpack", `'${program}'`);
  git(clone, "checkout", "-q", "-b", "work");
}

describe.each(["blob:none", "tree:0"])("a clone with --filter=%s", (filter) => {
  test("gets what the branch needs from its remote in one go, and says so", async () => {
    cloneWith(filter);
    await type(world, clone, "push work");
    git(inside(), "fsck", "--full");
    expect(said()).toMatch(/partial clone and lacks [1-9][0-9]* objects?.*remote origin/);
    expect(asked()).toBe(1);
    commit(inside(), { "dir/a.txt": "5\n" });
    write(inside(), "dirty.txt", "d\n");
    await type(world, clone, "fetch work");
    expect(read(clone, "dir/a.txt")).toBe("5\n");
    await type(world, clone, "clean work");
    await type(world, clone, "restore work");
    expect(read(inside(), "dirty.txt")).toBe("d\n");
    git(inside(), "fsck", "--full");
    await type(world, clone, "push next");
    expect(asked()).toBe(1);
  });

  test("is refused with what to type when its remote does not answer, and nothing was made", async () => {
    cloneWith(filter);
    git(clone, "config", "remote.origin.url", `file://${world.hostHome}/nowhere`);
    const { exit, text } = await typeRefused(world, clone, "push work");
    expect(exit).toBe(EXIT.refused);
    expect(text).toContain("git fetch --refetch --no-filter origin");
    expect(readdirSync(join(world.guestHome, "workspace"))).toEqual([]);
    git(clone, "config", "remote.origin.url", `file://${world.repo}`);
    git(clone, ...["fetch", "-q", "--refetch", "--no-filter", "origin"]);
    await type(world, clone, "push work");
  });
});

test("what the VM names and only the remote has is not asked for: the branch stays", async () => {
  const far = commit(world.repo, { "far.txt": "far\n" });
  git(world.repo, "branch", "far");
  git(world.repo, "reset", "-q", "--hard", "HEAD~");
  cloneWith("blob:none");
  await type(world, clone, "push work");
  const before = asked();
  // The agent got the branch itself, whole, and made it part of its work.
  git(inside(), "fetch", "-q", `file://${world.repo}`, "far");
  git(inside(), "merge", "-q", "--no-ff", "-m", "with far", far);
  const { exit, text } = await typeRefused(world, clone, "fetch work");
  expect(exit).toBe(EXIT.refused);
  expect(text).toMatch(/lacks 1 object[\s\S]*git merge --ff-only refs\/agent-vm/);
  expect(asked()).toBe(before);
  expect(existsSync(join(clone, "far.txt"))).toBe(false);
  git(clone, "merge", "-q", "--ff-only", "refs/agent-vm/clone-work/heads/work");
  expect(read(clone, "far.txt")).toBe("far\n");
  expect(tip(clone)).toBe(tip(inside()));
  await type(world, clone, "fetch work");
});
