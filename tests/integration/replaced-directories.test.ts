// Where a directory or a submodule becomes a file, git removes all that lies there: what it does not track is seen before.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createRepository, createWorld, git, read, refused, type World, write } from "./guest.ts";

let world: World;
const LOCAL = ["-c", "protocol.file.allow=always"];
const inGuest = (...rest: string[]) => world.at("shop-work", ...rest);
const onHost = (...rest: string[]) => join(world.repo, ...rest);
const push = (way?: "reset") => pushToWorkspace(world.ctx, "work", way);
const fetch = () => fetchBranch(world.ctx, "work", { acceptRisk: true });

/** The host's branch `work`, checked out, with a submodule `lib` and a directory `parts`; the same in the workspace. */
beforeEach(async () => {
  world = await createWorld();
  git(world.repo, "checkout", "-q", "-b", "work");
  createRepository(join(world.hostHome, "library"));
  git(world.repo, ...LOCAL, "submodule", "add", "-q", join(world.hostHome, "library"), "lib");
  commit(world.repo, { "parts/a": "a\n" });
  await push();
});
afterEach(() => world.remove());

/** A commit in which `path`, a directory or a submodule, is a file. */
function replace(directory: string, path: string): void {
  git(directory, "rm", "-q", "-r", "--cached", path);
  const oid = git(directory, "hash-object", "-w", "README.md");
  git(directory, "update-index", "--add", "--cacheinfo", `100644,${oid},${path}`);
  git(directory, "commit", "-q", "-m", "a file in its place");
  git(directory, "update-ref", "refs/heads/replaced", "HEAD");
  git(directory, "reset", "-q", "HEAD~1");
  git(directory, "update-ref", "refs/heads/work", "refs/heads/replaced");
  rmSync(join(directory, path), { recursive: true });
  git(directory, "reset", "-q", "--hard");
}

/** A repository of its own in a directory of tracked files, of which `git status` says nothing. */
function nest(directory: string): string {
  git(directory, "init", "-q");
  const oid = commit(directory, { a: "a\n" });
  expect(git(join(directory, ".."), "status", "--porcelain")).toBe("");
  return oid;
}

describe("a repository in a directory of tracked files", () => {
  test("is not removed by a fetch", async () => {
    const inside = nest(onHost("parts"));
    replace(inGuest(), "parts");
    const error = await refused(fetch());
    expect([error.exit, error.details]).toEqual([EXIT.refused, ["in the way: parts/.git/"]]);
    expect(git(onHost("parts"), "rev-parse", "HEAD")).toBe(inside);
    rmSync(onHost("parts/.git"), { recursive: true });
    await fetch();
    expect(read(world.repo, "parts")).toBe("hello\n");
  });

  test.each([undefined, "reset"] as const)("is not removed by a push (%s)", async (way) => {
    const inside = nest(inGuest("parts"));
    replace(world.repo, "parts");
    if (way) git(world.repo, "commit", "-q", "--amend", "-m", "rewritten");
    if (way) commit(inGuest(), { other: "o\n" });
    const error = await refused(push(way));
    expect([error.exit, error.details]).toEqual([EXIT.refused, ["in the way: parts/.git/"]]);
    expect(git(inGuest("parts"), "rev-parse", "HEAD")).toBe(inside);
    rmSync(inGuest("parts/.git"), { recursive: true });
    await push(way);
    expect(read(inGuest(), "parts")).toBe("hello\n");
  });
});

describe("the files of a submodule", () => {
  test("are not removed by a fetch", async () => {
    write(onHost("lib"), "README.md", "my edit\n");
    replace(inGuest(), "lib");
    const error = await refused(fetch());
    expect([error.exit, error.details]).toEqual([EXIT.refused, ["in the way: lib/"]]);
    expect(read(onHost("lib"), "README.md")).toBe("my edit\n");
    git(world.repo, "submodule", "deinit", "-q", "-f", "lib");
    await fetch();
    expect(read(world.repo, "lib")).toBe("hello\n");
  });

  test("are not removed by a push, ignored ones", async () => {
    write(inGuest("lib"), ".env", "precious\n");
    replace(world.repo, "lib");
    const error = await refused(push());
    expect([error.exit, error.details]).toEqual([EXIT.refused, ["in the way: lib/"]]);
    expect(existsSync(inGuest("lib/.env"))).toBe(true);
  });
});
