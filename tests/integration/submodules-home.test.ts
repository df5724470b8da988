// Commits of a workspace's submodules come home over real git and a real sshd, before the branch that records them moves.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FetchOptions, fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { fetchSummary } from "../../src/domain/sync/fetch/fetch-text.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createRepository, createWorld, git, read, refused, type World, write } from "./guest.ts";
import { seen } from "./saving.ts";

let world: World;
const LOCAL = ["-c", "protocol.file.allow=always"];
const inGuest = (...rest: string[]) => world.at("shop-work", ...rest);
const onHost = (...rest: string[]) => join(world.repo, ...rest);
const tip = (directory: string, ref = "HEAD") => git(directory, "rev-parse", ref);
const fetch = (options: FetchOptions = {}) =>
  fetchBranch(world.ctx, "work", { acceptRisk: true, ...options });
const summary = async (options: FetchOptions = {}) => fetchSummary(await fetch(options)).join("\n");
const library = () => join(world.hostHome, "library");
const inner = () => join(world.hostHome, "inner");
const clone = () => onHost(".git/modules/lib");
/** Whether a reference keeps the commit. */
const has = (gitDir: string, oid: string): boolean => {
  try {
    return git(gitDir, "--git-dir=.", "for-each-ref", `--contains=${oid}`) !== "";
  } catch {
    return false;
  }
};

/** The host's branch `work`, checked out, with a submodule `lib` that has `inner` inside; the same in the workspace. */
beforeEach(async () => {
  world = await createWorld();
  createRepository(inner());
  createRepository(library());
  git(library(), ...LOCAL, "submodule", "add", "-q", inner(), "inner");
  git(library(), "commit", "-q", "-m", "inner");
  git(world.repo, ...LOCAL, "submodule", "add", "-q", library(), "lib");
  git(world.repo, "commit", "-q", "-m", "lib");
  git(world.repo, ...LOCAL, "submodule", "update", "-q", "--init", "--recursive");
  git(world.repo, "checkout", "-q", "-b", "work");
  await pushToWorkspace(world.ctx, "work");
  populate();
});
afterEach(() => world.remove());

const populate = () => git(inGuest(), ...LOCAL, "submodule", "update", "-q", "--init", "--recursive");

/** A commit in the submodule and one that records it; gives both. */
function work(files: Record<string, string> = { "a.txt": "1\n" }) {
  const inside = commit(inGuest("lib"), files, "in the library");
  git(inGuest(), "add", "lib");
  git(inGuest(), "commit", "-q", "-m", "with the library");
  return { inside, outside: tip(inGuest()) };
}

test("a commit comes into the host's clone, and its files follow", async () => {
  const { inside, outside } = work();
  // What --dry-run tells changes nothing.
  expect(await summary({ dryRun: true })).toContain("It would bring commits of the submodule: lib");
  expect(has(clone(), inside)).toBe(false);
  const said = await summary();
  expect(tip(world.repo, "work")).toBe(outside);
  expect(tip(onHost("lib"))).toBe(inside);
  expect(read(onHost("lib"), "a.txt")).toBe("1\n");
  expect(git(world.repo, "status", "--porcelain")).toBe("");
  expect(said).toContain(`Submodule lib: workspace ahead 1, at ${inside.slice(0, 10)}; its files followed.`);
  // And then nothing is left to say, nor to save.
  expect(await summary()).not.toContain("ubmodule");
  expect((await cleanBranch(world.ctx, "work", false)).saves).toEqual([]);
});

test("what is on no branch, amended away or not recorded comes too, and nothing of it is ever let go", async () => {
  git(inGuest("lib"), "checkout", "-q", "--detach");
  const first = work().inside;
  git(inGuest("lib"), "commit", "-q", "--amend", "-m", "again");
  git(inGuest(), "commit", "-q", "-a", "-m", "amended");
  const second = tip(inGuest("lib"));
  git(inGuest("lib"), "checkout", "-q", "-b", "a/b");
  const third = commit(inGuest("lib"), { "b.txt": "2\n" }, "not recorded");
  expect(await summary()).toContain("a/b");
  for (const oid of [first, second, third]) expect(has(clone(), oid)).toBe(true);
  expect(tip(onHost("lib"))).toBe(second);
  // A branch "a" where "a/b" was.
  git(inGuest("lib"), "checkout", "-q", "--detach", first);
  git(inGuest("lib"), "branch", "-q", "-D", "a/b");
  git(inGuest("lib"), "checkout", "-q", "-b", "a");
  const fourth = commit(inGuest("lib"), { "c.txt": "3\n" });
  expect(await summary()).toContain("Submodule lib: a came");
  for (const oid of [first, second, third, fourth]) expect(has(clone(), oid)).toBe(true);
  git(clone(), "--git-dir=.", "--work-tree=.", "fsck", "--no-dangling");
});

test("a commit that only the host's checkout holds is held when its files follow elsewhere", async () => {
  git(inGuest("lib"), "checkout", "-q", "--detach");
  const first = work().inside;
  await fetch();
  expect(tip(onHost("lib"))).toBe(first);
  // The branch goes on, the submodule begins again: the branch's history still records the first.
  git(inGuest("lib"), "commit", "-q", "--amend", "-m", "again");
  git(inGuest(), "commit", "-q", "-a", "-m", "goes on");
  await fetch();
  expect(tip(onHost("lib"))).toBe(tip(inGuest("lib")));
  expect(has(clone(), first)).toBe(true);
  // The user's own, on no branch.
  const mine = commit(onHost("lib"), { "mine.txt": "1\n" });
  git(world.repo, "commit", "-q", "-a", "-m", "mine");
  const { inside } = work({ "b.txt": "2\n" });
  await fetch({ way: { how: "reset" } });
  expect(tip(onHost("lib"))).toBe(inside);
  expect(has(clone(), mine)).toBe(true);
});

test("a submodule inside a submodule comes before it, and its files follow", async () => {
  const deep = commit(inGuest("lib/inner"), { "deep.txt": "1\n" });
  git(inGuest("lib"), "add", "inner");
  const { inside } = work();
  const said = await summary();
  expect(tip(onHost("lib"))).toBe(inside);
  expect(tip(onHost("lib/inner"))).toBe(deep);
  expect(read(onHost("lib/inner"), "deep.txt")).toBe("1\n");
  expect(said).toMatch(/Submodule lib: .*Submodule lib\/inner: workspace ahead 1/s);
  expect(git(world.repo, "status", "--porcelain")).toBe("");
});

test("one inside comes as every commit of the branch has it, also where both were amended since", async () => {
  for (const at of ["lib/inner", "lib"]) git(inGuest(at), "checkout", "-q", "--detach");
  const record = (subject: string, ...how: string[]) => {
    git(inGuest("lib"), "add", "inner");
    git(inGuest("lib"), "commit", "-q", "-m", `inner, ${subject}`, ...how);
    git(inGuest(), "commit", "-q", "-a", "-m", `lib, ${subject}`);
    return tip(inGuest("lib/inner"));
  };
  commit(inGuest("lib/inner"), { "deep.txt": "1\n" });
  const first = record("first");
  git(inGuest("lib/inner"), "commit", "-q", "--amend", "-m", "again");
  const second = record("second", "--amend");
  await fetch();
  for (const oid of [first, second]) expect(has(onHost(".git/modules/lib/modules/inner"), oid)).toBe(true);
  expect(tip(onHost("lib/inner"))).toBe(second);
});

test("the host's own work in a submodule stays, and the command that follows is told", async () => {
  write(onHost("lib"), "README.md", "mine\n");
  const { outside } = work();
  expect(await summary()).toMatch(/files stay, for it has uncommitted changes.*git submodule update -- lib/);
  expect(tip(world.repo, "work")).toBe(outside);
  expect(read(onHost("lib"), "README.md")).toBe("mine\n");
  // At another commit than the one that was recorded: no reason against the next fetch.
  git(onHost("lib"), "checkout", "-q", "--", "README.md");
  const next = work({ "b.txt": "2\n" });
  expect(await summary()).toContain("it is not at the commit that your branch recorded");
  expect(tip(world.repo, "work")).toBe(next.outside);
  git(world.repo, "submodule", "update", "-q", "--", "lib");
  expect(tip(onHost("lib"))).toBe(next.inside);
  // An ignored file in the way is not overwritten.
  write(onHost("lib"), ".env", "mine\n");
  work({ ".env": "theirs\n" });
  expect(await summary()).toContain(".env is in the way");
  expect(read(onHost("lib"), ".env")).toBe("mine\n");
});

test("diverged work is refused, with the submodule's commits at home", async () => {
  const { inside } = work();
  const before = commit(world.repo, { "host.txt": "1\n" });
  const error = await refused(fetch());
  expect(error.message).toContain("diverged");
  expect(has(clone(), inside)).toBe(true);
  expect(world.said.join("\n")).toContain("Submodule lib: workspace ahead 1");
  expect(tip(world.repo, "work")).toBe(before);
  await fetch({ way: { how: "merge" } });
  expect(tip(onHost("lib"))).toBe(inside);
  expect(git(world.repo, "status", "--porcelain")).toBe("");
});

describe("history that was rewritten", () => {
  const synced = () => git(clone(), "--git-dir=.", "for-each-ref", "--format=%(objectname)", SYNCED);
  const SYNCED = "refs/agent-vm/shop-work/synced/work";
  const amend = () => {
    git(inGuest("lib"), "commit", "-q", "--amend", "-m", "again");
    git(inGuest(), "commit", "-q", "-a", "-m", "again");
    return tip(inGuest("lib"));
  };

  test("in the workspace is told as that, after a fetch and after a push", async () => {
    const first = work().inside;
    await fetch();
    expect(synced()).toBe(first);
    const second = amend();
    expect(await summary()).toContain("Submodule lib: rewritten in the workspace (host 1, workspace 1)");
    expect(tip(onHost("lib"))).toBe(second);
    // The host's own commit goes in, and is amended away there.
    commit(onHost("lib"), { "host.txt": "1\n" });
    git(world.repo, "commit", "-q", "-a", "-m", "from the host");
    await pushToWorkspace(world.ctx, "work");
    expect(synced()).toBe(tip(onHost("lib")));
    amend();
    expect(await summary()).toContain("Submodule lib: rewritten in the workspace (host 1, workspace 1)");
    for (const oid of [first, second]) expect(has(clone(), oid)).toBe(true);
  });

  test("on both sides is diverged where both still have what they had in common", async () => {
    await fetch({ way: { how: "as", branch: "other" } });
    work();
    commit(onHost("lib"), { "host.txt": "1\n" });
    git(world.repo, "commit", "-q", "-a", "-m", "from the host");
    await refused(fetch());
    expect(world.said.join("\n")).toContain("Submodule lib: diverged (host 1, workspace 1)");
  });

  test("leaves nothing behind but commits that nothing else names, when the workspace goes", async () => {
    const { inside } = work();
    await fetch();
    // The clone has it by that one reference alone.
    git(onHost("lib"), "checkout", "-q", "--detach", "HEAD~1");
    for (const ref of git(clone(), "--git-dir=.", "for-each-ref", "--format=%(refname)").split("\n"))
      if (ref !== SYNCED && !ref.includes("/remotes/")) git(clone(), "--git-dir=.", "update-ref", "-d", ref);
    expect(has(clone(), inside)).toBe(true);
    await cleanBranch(world.ctx, "work", false);
    expect(synced()).toBe("");
    expect(git(clone(), "--git-dir=.", "rev-parse", `refs/agent-vm/shop-work/commits/${inside}`)).toBe(
      inside,
    );
  });

  test("is not what a restored workspace has", async () => {
    const first = work().inside;
    write(inGuest(), "mine.txt", "1\n");
    await fetch();
    await cleanBranch(world.ctx, "work", false);
    await restore(world.ctx, { branch: "work" });
    expect(synced()).toBe("");
    commit(inGuest("lib"), { "b.txt": "2\n" });
    git(inGuest(), "commit", "-q", "-a", "-m", "more");
    expect(await summary()).toContain("Submodule lib: workspace ahead 1");
    expect(synced()).not.toBe(first);
  });
});

test("the branch stays where nobody has what it would record", async () => {
  const before = tip(world.repo, "work");
  const nowhere = "1".repeat(40);
  git(inGuest(), "update-index", "--cacheinfo", `160000,${nowhere},lib`);
  git(inGuest(), "commit", "-q", "-m", "nowhere");
  const error = await refused(fetch());
  expect(error).toMatchObject({ exit: EXIT.refused, details: [`lib at ${nowhere}`] });
  expect(error.message).toContain("neither the workspace nor this host has");
  expect(tip(world.repo, "work")).toBe(before);
});

test("without a clone on the host the commits are kept in its own repository, and go into a clone later", async () => {
  git(world.repo, "submodule", "deinit", "-q", "-f", "lib");
  rmSync(clone(), { recursive: true });
  const { inside, outside } = work();
  const said = await summary();
  expect(tip(world.repo, "work")).toBe(outside);
  expect(has(onHost(".git"), inside)).toBe(true);
  const [, init = ""] = /: (git submodule update --init -- lib), then agent-vm fetch work/.exec(said) ?? [];
  // The host is clean, and so is the workspace.
  expect(await summary()).not.toContain("ubmodule");
  const words = init.split(" ").slice(1);
  expect(() => git(world.repo, ...LOCAL, ...words)).toThrow(inside);
  await summary();
  expect(has(clone(), inside)).toBe(true);
  git(world.repo, ...LOCAL, ...words);
  expect(read(onHost("lib"), "a.txt")).toBe("1\n");
});

test("a submodule that is new on the host is asked about, and its commits come", async () => {
  git(inGuest(), ...LOCAL, "submodule", "add", "-q", inner(), "more/new one");
  const inside = commit(inGuest("more/new one"), { "n.txt": "1\n" });
  git(inGuest(), "add", "-A");
  git(inGuest(), "commit", "-q", "-m", "new");
  const error = await refused(fetch({ acceptRisk: false }));
  expect(error.details.join("\n")).toContain("more/new one");
  expect(await summary()).toContain("git submodule update --init -- 'more/new one'");
  expect(has(onHost(".git"), inside)).toBe(true);
});

test("what could run in a submodule and its secrets are told before the branch moves", async () => {
  const before = tip(world.repo, "work");
  work({ ".npmrc": "x\n" });
  const error = await refused(fetch({ acceptRisk: false }));
  expect(error.details.join("\n")).toContain("AUTO lib/.npmrc");
  expect(tip(world.repo, "work")).toBe(before);
  const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${"b3BlbnNzaC1rZXktdjEAAAAA".repeat(8)}\n-----END OPENSSH PRIVATE KEY-----\n`;
  work({ "id.txt": key });
  const scanning = { ...world.ctx, settings: { ...world.ctx.settings, scan: "both" as const } };
  const secret = await refused(fetchBranch(scanning, "work", { acceptRisk: true }));
  expect(secret.message).toContain("secret");
  expect(tip(world.repo, "work")).toBe(before);
});

test("--wip names a submodule whose files it leaves", async () => {
  write(inGuest("lib"), "README.md", "edit\n");
  await fetch({ wip: true });
  expect(world.said.join("\n")).toContain("not brought, a repository of its own (clean saves it): lib/");
});

describe("clean and restore", () => {
  const said = () => world.said.join("\n");
  const clean = () => cleanBranch(world.ctx, "work", false);

  test("a populated submodule that holds nothing new is no work", async () => {
    expect((await clean()).saves).toEqual([]);
  });

  test("everything that only a submodule has is named, saved, and comes back", async () => {
    const deep = commit(inGuest("lib/inner"), { "deep.txt": "1\n" });
    git(inGuest("lib"), "checkout", "-q", "-b", "topic");
    const inside = commit(inGuest("lib"), { "a.txt": "1\n" });
    write(inGuest("lib"), "README.md", "stashed\n");
    git(inGuest("lib"), "stash", "-q");
    write(inGuest("lib"), "new.txt", "n\n");
    write(inGuest("lib"), ".env", "secret\n");
    const status = () => git(inGuest(), "submodule", "status", "--recursive");
    const config = () =>
      git(inGuest(), "config", "--local", "--get-regexp", "^submodule\\..*\\.active$").split("\n");
    const before = [status(), config()];
    const { saves } = await clean();
    for (const line of [
      "in the submodule lib: commits the host has not: branch topic at",
      "in the submodule lib: stashes: 1",
      "in the submodule lib: changed: inner",
      "in the submodule lib: untracked: new.txt",
      "in the submodule lib: ignored: .env",
      "in the submodule lib/inner: commits the host has not",
    ])
      expect(said()).toContain(line);
    expect(said()).not.toContain("repository inside");
    expect(saves).toHaveLength(1);
    await restore(world.ctx, { branch: "work" });
    expect(tip(inGuest("lib"), "topic")).toBe(inside);
    expect(tip(inGuest("lib/inner"))).toBe(deep);
    expect(git(inGuest("lib"), "stash", "list")).not.toBe("");
    expect(read(inGuest("lib"), "new.txt")).toBe("n\n");
    expect([status(), config()]).toEqual(before);
  });

  /** What `git submodule status` says of each: " " for one that is checked out at what is recorded. */
  const marks = () =>
    git(inGuest(), "submodule", "status", "--recursive")
      .split("\n")
      .map((line) => line.slice(0, 1));

  test("each is checked out again at what is recorded, the one inside too", async () => {
    write(inGuest(), "mine.txt", "only the superproject has work\n");
    expect(marks()).toEqual([" ", " "]);
    await clean();
    await restore(world.ctx, { branch: "work" });
    expect(marks()).toEqual([" ", " "]);
    const deep = commit(inGuest("lib/inner"), { "deep.txt": "1\n" });
    git(inGuest("lib"), "add", "inner");
    work();
    await clean();
    await restore(world.ctx, { branch: "work" });
    expect(marks()).toEqual([" ", " "]);
    // git asks nobody for anything, and a fetch finds them as if they had never been away.
    git(inGuest(), "submodule", "update", "-q", "--init", "--recursive");
    await fetch();
    expect(tip(onHost("lib/inner"))).toBe(deep);
  });

  test("the one inside comes back as it was: commits of its own, stashed, staged, changed and loose files", async () => {
    const at = inGuest("lib/inner");
    git(at, "checkout", "-q", "-b", "topic/deep");
    commit(at, { "topic.txt": "1\n" });
    git(at, "checkout", "-q", "--detach");
    commit(at, { "deep.txt": "1\n" });
    write(at, "README.md", "stashed\n");
    git(at, "stash", "-q");
    write(at, "staged.txt", "staged\n");
    git(at, "add", "staged.txt");
    write(at, "staged.txt", "changed since\n");
    write(at, "README.md", "changed\n");
    write(at, "loose dir/l.txt", "loose\n");
    write(at, ".env", "secret\n");
    const all = () => [inGuest(), inGuest("lib"), at].map(seen);
    const before = [all(), marks()];
    expect(marks()).toEqual([" ", "+"]);
    await clean();
    for (const line of [
      "commits the host has not",
      "stashes: 1",
      "changed:",
      "untracked: loose dir/",
      "ignored: .env",
    ])
      expect(said()).toContain(`in the submodule lib/inner: ${line}`);
    await restore(world.ctx, { branch: "work" });
    expect([all(), marks()]).toEqual(before);
  });

  test("commits of a submodule that is not checked out, and what lies among their repositories", async () => {
    commit(inGuest("lib"), { "a.txt": "1\n" });
    git(inGuest("lib"), "branch", "-q", "keep");
    git(inGuest(), "submodule", "deinit", "-q", "-f", "lib");
    write(inGuest(".git/modules"), "note.txt", "x\n");
    expect((await clean()).saves).toHaveLength(1);
    expect(said()).toContain("in the submodule lib: commits the host has not: branch keep at");
    expect(said()).toContain("kept beside git's objects: .git/modules/");
  });

  test("a submodule that git cannot read is saved as it lies", async () => {
    write(inGuest(".git/modules/lib"), "HEAD", "nonsense\n");
    expect((await clean()).saves).toHaveLength(1);
    expect(said()).toContain("git cannot read its repository");
  });
});
