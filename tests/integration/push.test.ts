// Push in all its ways over real git and a real sshd: only what belongs travels, and the workspace's work stays.
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PushWay } from "../../src/domain/sync/push/plan-push.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createWorld, git, read, refused, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

const push = (branch = "work", way: PushWay = "plain") => pushToWorkspace(world.ctx, branch, way);
const ws = "shop-work";
const inGuest = (dir = ws) => world.at(dir);
const tip = (directory: string, ref: string) => git(directory, "rev-parse", ref);
const refs = (directory: string, ...patterns: string[]) =>
  git(directory, "for-each-ref", "--format=%(refname)", ...patterns)
    .split("\n")
    .filter(Boolean);
const objects = (directory: string) =>
  git(directory, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split("\n");

/** Counts the calls of ssh and the transfers of git during the work. */
async function calls<T>(work: (run: typeof world.ctx) => Promise<T>) {
  const seen = { ssh: 0, git: 0 };
  const run: typeof world.ctx.run = (argv, options) => {
    if (argv[0] === "ssh") seen.ssh += 1;
    if (argv.includes("push")) seen.git += 1;
    return world.ctx.run(argv, options);
  };
  const result = await work({ ...world.ctx, run });
  return { ...seen, result };
}

describe("base and tags", () => {
  test("go along with the branch and follow later, and nothing else is sent", async () => {
    git(world.repo, "tag", "-a", "v1", "-m", "one");
    git(world.repo, "checkout", "-q", "-b", "work");
    commit(world.repo, { "w.txt": "1\n" });
    git(world.repo, "checkout", "-q", "-b", "secret");
    const secret = commit(world.repo, { "secret.txt": "s\n" });
    git(world.repo, "tag", "hidden");
    write(world.repo, "README.md", "stashed\n");
    git(world.repo, "stash", "-q");
    git(world.repo, "checkout", "-q", "work");
    await push();
    expect(refs(inGuest())).toEqual(["refs/heads/work", "refs/remotes/host/main", "refs/tags/v1"]);
    const there = new Set(objects(inGuest()));
    const reachable = git(world.repo, "rev-list", "--objects", "--no-object-names", "work", "v1").split("\n");
    expect([...there].sort()).toEqual(reachable.sort());
    expect(there.has(secret)).toBe(false);
    expect(there.has(tip(world.repo, "refs/stash"))).toBe(false);

    git(world.repo, "checkout", "-q", "main");
    const main = commit(world.repo, { "m.txt": "1\n" });
    git(world.repo, "tag", "v2");
    expect(await push()).toContain("already");
    expect(tip(inGuest(), "host/main")).toBe(main);
    expect(tip(inGuest(), "v2")).toBe(main);
    git(world.repo, "commit", "-q", "--amend", "-m", "another");
    await push();
    expect(tip(inGuest(), "host/main")).toBe(tip(world.repo, "main"));
  });

  test("a push with nothing to send is one call, and one with news is two", async () => {
    await push();
    expect(await calls((ctx) => pushToWorkspace(ctx, "work"))).toMatchObject({ ssh: 1, git: 0 });
    git(world.repo, "tag", "v1");
    expect(await calls((ctx) => pushToWorkspace(ctx, "work"))).toMatchObject({ ssh: 1, git: 1 });
    git(world.repo, "checkout", "-q", "work");
    commit(world.repo, { "b.txt": "2\n" });
    expect(await calls((ctx) => pushToWorkspace(ctx, "work"))).toMatchObject({ ssh: 2, git: 1 });
  });

  test("a tag that the workspace has with another value is left alone and told", async () => {
    await push();
    const theirs = commit(inGuest(), { "a.txt": "1\n" });
    git(inGuest(), "tag", "v1");
    git(inGuest(), "reset", "-q", "--hard", "HEAD~1");
    git(world.repo, "tag", "v1", "work");
    git(world.repo, "checkout", "-q", "work");
    const mine = commit(world.repo, { "b.txt": "2\n" });
    await push();
    expect(tip(inGuest(), "v1")).toBe(theirs);
    expect(tip(inGuest(), "HEAD")).toBe(mine);
    expect(world.said.join("\n")).toContain("tag: v1");
  });

  test("the upstream's branch, then the setting, decide what the base is", async () => {
    git(world.repo, "branch", "-q", "develop");
    git(world.repo, "branch", "-q", "release");
    git(world.repo, "checkout", "-q", "-b", "work");
    git(world.repo, "branch", "-q", "--set-upstream-to=develop");
    await push();
    expect(refs(inGuest(), "refs/remotes")).toEqual(["refs/remotes/host/develop"]);
    const ctx = { ...world.ctx, settings: { ...world.ctx.settings, base: "release" } };
    await pushToWorkspace(ctx, "work");
    expect(refs(inGuest(), "refs/remotes")).toContain("refs/remotes/host/release");
    await pushToWorkspace({ ...ctx, settings: { ...ctx.settings, base: "nowhere" } }, "work");
    expect(world.said.join("\n")).toContain('"nowhere"');
  });
});

describe("push --aside", () => {
  test("gives the commits beside dirty work and own commits, and touches neither", async () => {
    await push();
    const own = commit(inGuest(), { "a.txt": "1\n" });
    write(inGuest(), "README.md", "edit\n");
    git(world.repo, "checkout", "-q", "work");
    const mine = commit(world.repo, { "b.txt": "2\n" });
    expect(await push("work", "aside")).toContain("git merge host/work");
    expect(tip(inGuest(), "host/work")).toBe(mine);
    expect(tip(inGuest(), "HEAD")).toBe(own);
    expect(read(inGuest(), "README.md")).toBe("edit\n");
    git(world.repo, "commit", "-q", "--amend", "-m", "other");
    await push("work", "aside");
    expect(tip(inGuest(), "host/work")).toBe(tip(world.repo, "work"));
  });
});

describe("push --reset", () => {
  let before: string;
  beforeEach(async () => {
    git(world.repo, "checkout", "-q", "-b", "work");
    commit(world.repo, { "b.txt": "2\n" });
    await push();
    git(world.repo, "commit", "-q", "--amend", "-m", "other");
    commit(world.repo, { "c.txt": "3\n" });
    before = tip(inGuest(), "HEAD");
  });
  const unchanged = () => {
    expect(tip(inGuest(), "refs/heads/work")).toBe(before);
    expect(refs(inGuest(), "refs/agent-vm")).toEqual([]);
  };

  test("follows a rewritten host branch and keeps the old tip", async () => {
    const error = await refused(push());
    expect(error.message).toContain("rewritten on the host (host 2, workspace 1)");
    expect(error.hint).toContain("push --reset work");
    unchanged();
    await push("work", "reset");
    expect(tip(inGuest(), "HEAD")).toBe(tip(world.repo, "work"));
    expect(tip(inGuest(), `refs/agent-vm/kept/${before}`)).toBe(before);
    expect(read(inGuest(), "c.txt")).toBe("3\n");
    expect(git(inGuest(), "status", "--porcelain")).toBe("");
    expect(world.said.join("\n")).toContain(`refs/agent-vm/kept/${before}`);
    expect(await push("work", "reset")).toContain("already");
  });

  test("keeps the agent's own commits under a name", async () => {
    before = commit(inGuest(), { "agent.txt": "a\n" });
    expect((await refused(push())).message).toContain("own");
    await push("work", "reset");
    expect(git(inGuest(), "show", `refs/agent-vm/kept/${before}:agent.txt`)).toBe("a");
    expect(existsSync(join(inGuest(), "agent.txt"))).toBe(false);
  });

  test.each<[string, () => unknown]>([
    ["an edit", () => write(inGuest(), "README.md", "edit\n")],
    [
      "something staged",
      () => {
        write(inGuest(), "b.txt", "staged\n");
        git(inGuest(), "add", "b.txt");
      },
    ],
    [
      "an edit that git was told not to see",
      () => {
        git(inGuest(), "update-index", "--assume-unchanged", "b.txt");
        write(inGuest(), "b.txt", "hidden\n");
        git(world.repo, "rm", "-q", "b.txt");
        git(world.repo, "commit", "-q", "-m", "without b");
      },
    ],
    ["an untracked file in the way", () => write(inGuest(), "c.txt", "precious\n")],
    ["a merge in progress", () => writeFileSync(join(inGuest(), ".git", "MERGE_HEAD"), `${before}\n`)],
    ["another command's lock", () => writeFileSync(join(inGuest(), ".git", "index.lock"), "")],
  ])("is refused over %s, with nothing changed", async (_, make) => {
    make();
    const files = () =>
      Object.fromEntries(
        ["README.md", "b.txt", "c.txt"].map((name) => [
          name,
          existsSync(join(inGuest(), name)) && read(inGuest(), name),
        ]),
      );
    const [were, index] = [files(), git(inGuest(), "ls-files", "-s")];
    expect((await refused(push("work", "reset"))).exit).toBe(EXIT.refused);
    unchanged();
    expect(files()).toEqual(were);
    expect(git(inGuest(), "ls-files", "-s")).toBe(index);
  });

  test("is refused over an ignored file in the way", async () => {
    write(inGuest(), ".env", "precious\n");
    commit(world.repo, { ".env": "theirs\n" });
    const error = await refused(push("work", "reset"));
    expect(error.details.join()).toContain(".env");
    expect(read(inGuest(), ".env")).toBe("precious\n");
    unchanged();
  });

  test("moves only the reference when the workspace has another branch checked out", async () => {
    git(inGuest(), "checkout", "-q", "-b", "side");
    write(inGuest(), "README.md", "edit\n");
    await push("work", "reset");
    expect(tip(inGuest(), "work")).toBe(tip(world.repo, "work"));
    expect(tip(inGuest(), `refs/agent-vm/kept/${before}`)).toBe(before);
    expect(tip(inGuest(), "HEAD")).toBe(before);
    expect(read(inGuest(), "README.md")).toBe("edit\n");
  });

  test("what moves while it is looked at stays", async () => {
    const run: typeof world.ctx.run = async (argv, options) => {
      const result = await world.ctx.run(argv, options);
      if (argv.includes("push")) before = commit(inGuest(), { "late.txt": "l\n" });
      return result;
    };
    const error = await refused(pushToWorkspace({ ...world.ctx, run }, "work", "reset"));
    expect(error.message).toContain("changed");
    expect(read(inGuest(), "late.txt")).toBe("l\n");
    unchanged();
  });
});

describe("another command's lock in the workspace", () => {
  test("is named, and nothing changes", async () => {
    await push();
    git(world.repo, "checkout", "-q", "work");
    commit(world.repo, { "b.txt": "2\n" });
    const before = tip(inGuest(), "HEAD");
    writeFileSync(join(inGuest(), ".git", "index.lock"), "");
    const error = await refused(push());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toContain("index.lock");
    expect(tip(inGuest(), "HEAD")).toBe(before);
    expect(existsSync(join(inGuest(), "b.txt"))).toBe(false);
  });
});

describe("after a command was killed", () => {
  test("a workspace that was on its way out is there again", async () => {
    await push();
    const own = commit(inGuest(), { "a.txt": "1\n" });
    write(inGuest(), ".env", "precious\n");
    renameSync(inGuest(), world.at(`.agent-vm.leaving.${ws}`));
    await prepareWorkspace(world.ctx, "work");
    expect(tip(inGuest(), "HEAD")).toBe(own);
    expect(read(inGuest(), ".env")).toBe("precious\n");
    expect(readdirSync(world.at(""))).toEqual([ws]);
  });

  test("a workspace has its name only when it is complete", async () => {
    const run: typeof world.ctx.run = async (argv, options) => {
      if (options?.inputFile === undefined) return world.ctx.run(argv, options);
      // Half of what was to come, as a connection that is cut leaves it.
      const [file] = [options.inputFile].flat();
      const { inputFile: _, onSent: __, ...rest } = options;
      return world.ctx.run(argv, { ...rest, input: read("/", file ?? "") });
    };
    expect((await refused(pushToWorkspace({ ...world.ctx, run }, "work"))).exit).toBe(EXIT.failed);
    expect(readdirSync(world.at(""))).toEqual([]);
    await push();
    expect(git(inGuest(), "status", "--porcelain")).toBe("");
  });

  test("a pack that was damaged on its way is refused whole", async () => {
    const run: typeof world.ctx.run = async (argv, options) => {
      const pack = [options?.inputFile ?? []].flat()[1];
      if (pack !== undefined) {
        const bytes = readFileSync(pack);
        const at = bytes.length - 30;
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        chmodSync(pack, 0o600);
        writeFileSync(pack, bytes);
      }
      return world.ctx.run(argv, options);
    };
    expect((await refused(pushToWorkspace({ ...world.ctx, run }, "work"))).exit).toBe(EXIT.failed);
    expect(readdirSync(world.at(""))).toEqual([]);
  });
});
