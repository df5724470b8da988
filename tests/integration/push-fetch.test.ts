// Push and fetch over real git and a real sshd: work moves both ways, any number of times, and nothing is overwritten.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createWorld, git, read, refused, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

const push = (branch = "work") => pushToWorkspace(world.ctx, branch);
const fetch = (branch = "work") => fetchBranch(world.ctx, branch);
/** .gitattributes is asked about where the host has filters. */
const fetchAnyway = () => fetchBranch(world.ctx, "work", { acceptRisk: true });
const ws = "shop-work";
const inGuest = () => world.at(ws);
const tip = (directory: string, ref: string) => git(directory, "rev-parse", ref);

describe("the way there and back", () => {
  test("a commit made in the workspace comes home, and a host commit goes there afterwards", async () => {
    const made = await prepareWorkspace(world.ctx, "work");
    expect(made).toMatchObject({ dir: ws, created: true });
    expect(read(inGuest(), "README.md")).toBe("hello\n");
    expect(git(inGuest(), "symbolic-ref", "HEAD")).toBe("refs/heads/work");
    expect(git(world.repo, "symbolic-ref", "HEAD")).toBe("refs/heads/main");

    const inside = commit(inGuest(), { "a.txt": "1\n" }, "from the agent");
    const fetched = await fetch();
    expect(fetched.verdict).toEqual({ kind: "workspace ahead", workspace: 1 });
    expect(fetched.commits).toEqual([expect.stringMatching(/^[0-9a-f]{7,} {2}A {2}from the agent$/)]);
    expect(tip(world.repo, "work")).toBe(inside);
    expect(existsSync(join(world.repo, "a.txt"))).toBe(false);

    git(world.repo, "checkout", "-q", "work");
    const outside = commit(world.repo, { "b.txt": "2\n" });
    expect(await push()).toContain("1 commit further");
    expect(tip(inGuest(), "HEAD")).toBe(outside);
    expect(read(inGuest(), "b.txt")).toBe("2\n");
    expect(await push()).toContain("already");
    expect((await fetch()).verdict).toEqual({ kind: "equal" });
  });

  test("an existing workspace is entered in one round trip, and told of when the host is ahead", async () => {
    await prepareWorkspace(world.ctx, "work");
    git(world.repo, "checkout", "-q", "work");
    commit(world.repo, { "b.txt": "2\n" });
    let calls = 0;
    const run: typeof world.ctx.run = (argv, options) => {
      if (argv[0] === "ssh") calls += 1;
      return world.ctx.run(argv, options);
    };
    const again = await prepareWorkspace({ ...world.ctx, run }, "work");
    expect(again.created).toBe(false);
    expect(calls).toBe(1);
    expect(world.said.join("\n")).toContain("agent-vm push work");
    expect(existsSync(join(inGuest(), "b.txt"))).toBe(false);
  });

  test("the files of a clean checkout follow a fetch", async () => {
    git(world.repo, "checkout", "-q", "-b", "work");
    await push();
    write(world.repo, "mine.txt", "untracked\n");
    commit(inGuest(), { "a.txt": "1\n" });
    await fetch();
    expect(read(world.repo, "a.txt")).toBe("1\n");
    expect(git(world.repo, "status", "--porcelain")).toBe("?? mine.txt");
  });

  test("a linked worktree's files follow too, and the user's own checkout stays", async () => {
    const linked = join(world.hostHome, "linked tree");
    git(world.repo, "worktree", "add", "-q", "-b", "work", linked);
    await push();
    commit(inGuest(), { "a.txt": "1\n" });
    await fetch();
    expect(read(linked, "a.txt")).toBe("1\n");
    expect(existsSync(join(world.repo, "a.txt"))).toBe(false);
  });

  test("a branch deleted on the host comes back from its workspace", async () => {
    await push();
    const inside = commit(inGuest(), { "a.txt": "1\n" });
    git(world.repo, "branch", "-q", "-D", "work");
    expect((await fetch()).verdict).toEqual({ kind: "not on the host", deleted: true });
    expect(tip(world.repo, "work")).toBe(inside);
  });

  test("an interrupted creation is completed by the next push", async () => {
    await push();
    git(inGuest(), "update-ref", "-d", "refs/heads/work");
    git(inGuest(), "rm", "-rq", "--cached", ".");
    git(inGuest(), "clean", "-qfdx");
    await push();
    expect(read(inGuest(), "README.md")).toBe("hello\n");
  });

  test("SHA-256 repositories work", async () => {
    const { createRepository } = await import("./guest.ts");
    const repo = createRepository(join(world.hostHome, "modern"), "--object-format=sha256");
    const ctx = { ...world.ctx, cwd: repo };
    await pushToWorkspace(ctx, "work");
    const inside = commit(world.at("modern-work"), { "a.txt": "1\n" });
    await fetchBranch(ctx, "work");
    expect(tip(repo, "work")).toBe(inside);
    expect(inside).toHaveLength(64);
  });

  test("a shallow clone works and says so", async () => {
    commit(world.repo, { "b.txt": "2\n" });
    const shallow = join(world.hostHome, "shallow");
    git(world.hostHome, "clone", "-q", "--depth=1", `file://${world.repo}`, shallow);
    const ctx = { ...world.ctx, cwd: shallow };
    await pushToWorkspace(ctx, "work");
    const inside = commit(world.at("shallow-work"), { "a.txt": "1\n" });
    await fetchBranch(ctx, "work");
    expect(tip(shallow, "work")).toBe(inside);
    expect(world.said.join("\n")).toContain("shallow");
  });
});

describe("push is refused", () => {
  beforeEach(async () => {
    await push();
    git(world.repo, "checkout", "-q", "work");
  });

  test("when the workspace has commits of its own", async () => {
    const inside = commit(inGuest(), { "a.txt": "1\n" });
    const error = await refused(push());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toContain("workspace ahead 1");
    commit(world.repo, { "b.txt": "2\n" });
    expect((await refused(push())).message).toContain("diverged");
    expect(tip(inGuest(), "HEAD")).toBe(inside);
  });

  test("when the workspace is dirty, and its files stay", async () => {
    write(inGuest(), "README.md", "edited\n");
    commit(world.repo, { "b.txt": "2\n" });
    const error = await refused(push());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.details.join()).toContain("README.md");
    expect(read(inGuest(), "README.md")).toBe("edited\n");
  });

  test("when the history was rewritten on the host", async () => {
    commit(world.repo, { "b.txt": "2\n" });
    await push();
    const before = tip(inGuest(), "HEAD");
    git(world.repo, "commit", "-q", "--amend", "-m", "other");
    expect((await refused(push())).message).toContain("rewritten on the host (host 1, workspace 1)");
    expect(tip(inGuest(), "HEAD")).toBe(before);
  });

  test("when the workspace has an unrelated history", async () => {
    git(inGuest(), "checkout", "-q", "--orphan", "fresh");
    commit(inGuest(), { "z.txt": "z\n" });
    git(inGuest(), "branch", "-q", "-f", "work", "fresh");
    expect((await refused(push())).message).toContain("own");
    expect((await refused(fetch())).message).toContain("no common history");
  });

  test("while a merge is in progress there", async () => {
    git(inGuest(), "checkout", "-q", "-b", "side");
    commit(inGuest(), { "README.md": "side\n" });
    git(inGuest(), "checkout", "-q", "work");
    git(inGuest(), "merge", "-q", "--no-commit", "--no-ff", "side");
    commit(world.repo, { "b.txt": "2\n" });
    expect((await refused(push())).details.join()).toContain("a merge");
  });

  test("when something else has the workspace's name in the VM", async () => {
    write(world.at("shop-other"), "notes.txt", "mine\n");
    const error = await refused(push("other"));
    expect(error.exit).toBe(EXIT.refused);
    expect(read(world.at("shop-other"), "notes.txt")).toBe("mine\n");

    mkdirSync(world.at("shop-third"));
    git(world.at("shop-third"), "init", "-q");
    git(world.at("shop-third"), "config", "receive.denyCurrentBranch", "updateInstead");
    expect((await refused(push("third"))).exit).toBe(EXIT.refused);
    expect(readdirSync(world.at("shop-third"))).toEqual([".git"]);
  });
});

describe("files that git does not track are never overwritten", () => {
  const cases: [string, Record<string, string>, string, string][] = [
    ["an ignored .env", { ".env": "theirs\n" }, ".env", ".env"],
    ["an untracked file", { "new.txt": "theirs\n" }, "new.txt", "new.txt"],
    ["an ignored file where a directory comes", { "build/out.txt": "theirs\n" }, "build", "build"],
    ["an ignored directory where a file comes", { build: "theirs\n" }, "build/keep.txt", "build/"],
    [
      "a name that is not plain",
      { "node_modules/ü '$(id)'\n.js": "x" },
      "node_modules/ü '$(id)'\n.js",
      "node_modules/ü",
    ],
  ];

  test.each(cases)("by a push: %s", async (_, incoming, mine, named) => {
    await push();
    write(inGuest(), mine, "precious\n");
    git(world.repo, "checkout", "-q", "work");
    commit(world.repo, incoming);
    const before = tip(inGuest(), "HEAD");
    const error = await refused(push());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.details.join()).toContain(named);
    expect(read(inGuest(), mine)).toBe("precious\n");
    expect(tip(inGuest(), "HEAD")).toBe(before);
  });

  test.each(cases)("by a fetch: %s", async (_, incoming, mine, named) => {
    git(world.repo, "checkout", "-q", "-b", "work");
    await push();
    write(world.repo, mine, "precious\n");
    commit(inGuest(), incoming);
    const before = tip(world.repo, "work");
    const error = await refused(fetch());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.details.join()).toContain(named);
    expect(read(world.repo, mine)).toBe("precious\n");
    expect(tip(world.repo, "work")).toBe(before);
  });

  test("by a push: ignored files in a tracked directory that becomes a file", async () => {
    git(world.repo, "checkout", "-q", "-b", "work");
    commit(world.repo, { "dir/tracked.txt": "t\n" });
    await push();
    write(inGuest(), "dir/.env", "precious\n");
    git(world.repo, "rm", "-rq", "dir");
    commit(world.repo, { dir: "a file now\n" });
    expect((await refused(push())).details.join()).toContain("dir/.env");
    expect(read(inGuest(), "dir/.env")).toBe("precious\n");
  });

  test("by a push: an ignored link where a directory comes", async () => {
    await push();
    symlinkSync("/etc", join(inGuest(), "build"));
    git(world.repo, "checkout", "-q", "work");
    commit(world.repo, { "build/out.txt": "x\n" });
    expect((await refused(push())).details.join()).toContain("build");
  });

  test("by a push into an interrupted creation", async () => {
    await push();
    git(inGuest(), "update-ref", "-d", "refs/heads/work");
    git(inGuest(), "rm", "-rq", "--cached", ".");
    write(inGuest(), "README.md", "precious\n");
    expect((await refused(push())).details.join()).toContain("README.md");
    expect(read(inGuest(), "README.md")).toBe("precious\n");
  });

  test("but what is tracked there and moves, or an empty directory, is no obstacle", async () => {
    git(world.repo, "checkout", "-q", "-b", "work");
    commit(world.repo, { "dir/a.txt": "a\n", plain: "p\n" });
    await push();
    write(inGuest(), ".env", "mine\n");
    git(world.repo, "rm", "-rq", "dir", "plain");
    commit(world.repo, { dir: "file\n", "plain/b.txt": "b\n", "x/y/z.txt": "z\n" });
    await push();
    expect(read(inGuest(), "dir")).toBe("file\n");
    expect(read(inGuest(), "plain/b.txt")).toBe("b\n");
    expect(read(inGuest(), ".env")).toBe("mine\n");
  });
});

/** The commit below the name that was printed for what left the mirror. */
function keptAs(): string {
  const log = /git --git-dir='(.*)' log (\S+)$/m.exec(world.said.join("\n"));
  return git(log?.[1] ?? "", "rev-parse", log?.[2] ?? "");
}

describe("fetch keeps the host's work", () => {
  test("a dirty checkout is not touched; the commits are kept in a reference", async () => {
    git(world.repo, "checkout", "-q", "-b", "work");
    await push();
    const inside = commit(inGuest(), { "README.md": "agent\n" });
    write(world.repo, "README.md", "mine\n");
    const before = tip(world.repo, "work");
    const error = await refused(fetch());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toContain("uncommitted changes");
    expect(error.details.join()).toContain("README.md");
    expect(read(world.repo, "README.md")).toBe("mine\n");
    expect(tip(world.repo, "work")).toBe(before);
    expect(tip(world.repo, `refs/agent-vm/${ws}/heads/work`)).toBe(inside);
  });

  test("a filter of the host's configuration is not run on what the workspace assigns it to", async () => {
    git(world.repo, "checkout", "-q", "-b", "work");
    await push();
    const canary = join(world.repo, ".git", "canary");
    git(world.repo, "config", "filter.crypt.smudge", `touch '${canary}'; cat`);
    commit(inGuest(), { ".gitattributes": "*.key filter=crypt\n", "a.key": "bytes of the VM\n" });
    const before = tip(world.repo, "work");
    const error = await refused(fetchAnyway());
    expect(error.details).toEqual(["filter: crypt"]);
    expect(tip(world.repo, "work")).toBe(before);
    expect(existsSync(join(world.repo, "a.key"))).toBe(false);
    expect(existsSync(canary)).toBe(false);
    // What the hint says does finish it.
    git(
      world.repo,
      "merge",
      "-q",
      "--ff-only",
      /git merge --ff-only (\S+)$/.exec(error.hint ?? "")?.[1] ?? "",
    );
    expect(existsSync(canary)).toBe(true);
  });

  test("a filter that the range does not use is no obstacle", async () => {
    git(world.repo, "checkout", "-q", "-b", "work");
    await push();
    git(world.repo, "config", "filter.crypt.smudge", "false");
    commit(inGuest(), { ".gitattributes": "*.key filter=other\n", "a.key": "k\n" });
    await fetchAnyway();
    expect(read(world.repo, "a.key")).toBe("k\n");
  });

  test("diverged work is refused with the reference to merge, never forced", async () => {
    await push();
    const inside = commit(inGuest(), { "a.txt": "1\n" });
    git(world.repo, "checkout", "-q", "work");
    const mine = commit(world.repo, { "b.txt": "2\n" });
    const error = await refused(fetch());
    expect(error.message).toContain("diverged (host 1, workspace 1)");
    expect(error.hint).toContain(`refs/agent-vm/${ws}/heads/work`);
    expect(tip(world.repo, "work")).toBe(mine);
    expect(tip(world.repo, `refs/agent-vm/${ws}/heads/work`)).toBe(inside);
  });

  test("a commit that was fetched and then amended away keeps a name", async () => {
    await push();
    const first = commit(inGuest(), { "a.txt": "1\n" });
    await fetch();
    git(inGuest(), "commit", "-q", "--amend", "-m", "better");
    git(world.repo, "update-ref", "refs/heads/work", "main");
    await fetch();
    expect(keptAs()).toBe(first);
    expect(git(world.repo, "for-each-ref", `refs/agent-vm/${ws}/incoming`)).toBe("");
  });

  test("a branch that is being rebased on the host is not moved under it", async () => {
    await push();
    git(world.repo, "checkout", "-q", "work");
    commit(world.repo, { "b.txt": "2\n" });
    await push();
    commit(inGuest(), { "a.txt": "1\n" });
    git(world.repo, "-c", "sequence.editor=sed -i s/^pick/edit/", "rebase", "-q", "-i", "main");
    const error = await refused(fetch());
    expect(error.message).toContain("rebase");
  });

  test("uncommitted work in the workspace is counted, another branch checked out there is told", async () => {
    await push();
    commit(inGuest(), { "a.txt": "1\n" });
    git(inGuest(), "checkout", "-q", "-b", "side");
    write(inGuest(), "README.md", "edit\n");
    write(inGuest(), "new.txt", "n\n");
    write(inGuest(), ".env", "e\n");
    expect((await fetch()).state).toMatchObject({ changed: 1, untracked: 1, ignored: 1, on: "side" });
  });

  test("a workspace that is gone, or was never made, is said to be so", async () => {
    expect((await refused(fetch("never"))).hint).toContain("agent-vm connect never");
    await push();
    const { rmSync } = await import("node:fs");
    rmSync(inGuest(), { recursive: true });
    expect((await refused(fetch())).message).toContain("not in the VM any more");
    await push();
    expect(readdirSync(inGuest())).toContain("README.md");
  });
});

describe("after a command was killed", () => {
  test("a half-made workspace is made again", async () => {
    write(world.at(".agent-vm.new.shop-work"), ".git/HEAD", "half");
    await push();
    expect(readdirSync(join(world.guestHome, "workspace"))).toEqual([ws]);
  });

  test("what a killed fetch brought is kept, although the agent amended it away since", async () => {
    await push();
    const first = commit(inGuest(), { "a.txt": "1\n" });
    git(world.repo, "fetch", "-q", inGuest(), `refs/heads/work:refs/agent-vm/${ws}/incoming/work`);
    git(inGuest(), "commit", "-q", "--amend", "-m", "better");
    await fetch();
    expect(tip(world.repo, "work")).toBe(tip(inGuest(), "HEAD"));
    expect(git(world.repo, "for-each-ref", `refs/agent-vm/${ws}/incoming`)).toBe("");
    expect(keptAs()).toBe(first);
  });

  test("a push that is cut off leaves the workspace as it was, and goes through later", async () => {
    await push();
    const before = tip(inGuest(), "HEAD");
    git(world.repo, "checkout", "-q", "work");
    const big = commit(world.repo, { "big.bin": randomBytes(8_000_000).toString("latin1") });
    const run: typeof world.ctx.run = (argv, options) => {
      const cut = argv.includes("push") ? { onLine: () => world.stopGuest() } : {};
      return world.ctx.run(argv, { ...options, ...cut });
    };
    const error = await refused(pushToWorkspace({ ...world.ctx, run }, "work"));
    expect([EXIT.failed, EXIT.notReady]).toContain(error.exit);
    expect(tip(inGuest(), "HEAD")).toBe(before);
    expect(git(inGuest(), "status", "--porcelain")).toBe("");
    await world.startGuest();
    await push();
    expect(tip(inGuest(), "HEAD")).toBe(big);
  });
});

describe("a guest that cannot answer", () => {
  test("is told as not ready, and nothing has changed", async () => {
    await push();
    world.stopGuest();
    for (const work of [() => push(), () => fetch()]) {
      const error = await refused(work());
      expect(error.exit).toBe(EXIT.notReady);
    }
    await world.startGuest();
    expect(await push()).toContain("already");
  });
});
