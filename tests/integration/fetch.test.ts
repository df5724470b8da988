// Every way to bring work home over real git and a real sshd: no way drops a commit, and a refusal moves nothing.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FetchOptions, fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { fetchSummary } from "../../src/domain/sync/fetch/fetch-text.ts";
import type { Way } from "../../src/domain/sync/fetch/plan-fetch.ts";
import { describeWorkspaces } from "../../src/domain/workspace/describe.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { canary, commit, createWorld, git, read, refused, type World, write } from "./guest.ts";

let world: World;
const ws = "shop-work";
const inGuest = () => world.at(ws);
const tip = (directory: string, ref: string) => git(directory, "rev-parse", ref);
const fetch = (options: FetchOptions = {}) => fetchBranch(world.ctx, "work", options);
const take = (way: Way) => fetch({ way });
const MERGE: Way = { how: "merge" };
const RESET: Way = { how: "reset" };
const rebase = (of: "host" | "workspace"): Way => ({ how: "rebase", of });
const linked = () => join(world.hostHome, "linked tree");

beforeEach(async () => {
  world = await createWorld();
  await pushToWorkspace(world.ctx, "work");
});
afterEach(() => world.remove());

/** Commits on the host's branch in a linked worktree, where it stays checked out. */
function onHost(files: Record<string, string>, subject = "mine"): string {
  if (!existsSync(linked())) git(world.repo, "worktree", "add", "-q", linked(), "work");
  return commit(linked(), files, subject);
}

/** One commit on each side; the host's branch is checked out in a linked worktree. */
function diverge() {
  const inside = commit(inGuest(), { "a.txt": "1\n" }, "agent's");
  return { inside, outside: onHost({ "b.txt": "2\n" }, "user's") };
}

/** Everything below .git that says what the repository holds. */
function holdings(): string {
  const objects = readdirSync(join(world.repo, ".git/objects"), { recursive: true, encoding: "utf8" });
  const refs = git(world.repo, "for-each-ref");
  return [refs, git(world.repo, "reflog", "--all"), ...objects.sort()].join("\n");
}

const leftovers = () =>
  readdirSync(join(world.repo, ".git/objects"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.includes("tmp_"),
  );

describe("diverged work", () => {
  test("is refused with every way to go on", async () => {
    const { outside } = diverge();
    const error = await refused(fetch());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toContain("diverged (host 1, workspace 1)");
    for (const way of ["--merge", "--rebase host", "--rebase workspace", "--as"])
      expect(error.details.join("\n")).toContain(`agent-vm fetch work ${way}`);
    expect(tip(world.repo, "work")).toBe(outside);
    // A second look says the same.
    expect((await refused(fetch())).message).toContain("diverged (host 1, workspace 1)");
  });

  test("--merge makes a merge commit, and the files follow", async () => {
    const { inside, outside } = diverge();
    const fetched = await take(MERGE);
    expect(git(world.repo, "log", "-1", "--format=%P", "work")).toBe(`${outside} ${inside}`);
    expect(git(world.repo, "log", "-1", "--format=%s", "work")).toBe(`Merge workspace ${ws} into work`);
    expect(read(linked(), "a.txt")).toBe("1\n");
    expect(git(linked(), "status", "--porcelain")).toBe("");
    expect(fetched.commits).toEqual([expect.stringContaining("agent's")]);
    expect(fetched.gained).toBe(1);
    expect(fetched.stat.join("\n")).toContain("a.txt");
    await pushToWorkspace(world.ctx, "work");
    expect((await fetch()).verdict).toEqual({ kind: "equal" });
  });

  test("--merge that conflicts names the files and moves nothing", async () => {
    commit(inGuest(), { "a.txt": "1\n" });
    const outside = onHost({ "a.txt": "2\n" });
    const error = await refused(take(MERGE));
    expect(error.details).toEqual(["conflict: a.txt"]);
    expect(tip(world.repo, "work")).toBe(outside);
    expect(git(linked(), "status", "--porcelain")).toBe("");
  });

  test("--merge runs no merge driver of the user's on the VM's bytes", async () => {
    const { program, fired } = canary(world.hostHome, "driver");
    git(world.repo, "config", "merge.mine.driver", `'${program}' %O %A %B`);
    onHost({ ".gitattributes": "*.txt merge=mine\n", "a.txt": "1\n2\n3\n" });
    await pushToWorkspace(world.ctx, "work");
    onHost({ "a.txt": "1\n2\nhost\n" });
    commit(inGuest(), { "a.txt": "agent\n2\n3\n" });
    // The attributes of the directory that git is asked in are those of the checkout.
    git(world.repo, "checkout", "-q", "--detach");
    write(world.repo, ".gitattributes", "*.txt merge=mine\n");
    expect((await refused(take(MERGE))).details).toEqual(["conflict: a.txt"]);
    expect(fired()).toBe(false);
  });

  test("--merge without a name and address says how to set them", async () => {
    const { outside } = diverge();
    write(world.hostHome, ".gitconfig", "");
    expect((await refused(take(MERGE))).hint).toContain("git config --global user.email");
    expect(tip(world.repo, "work")).toBe(outside);
  });

  test("--rebase host puts the host's commits on top, author, date and message as they were", async () => {
    const inside = commit(inGuest(), { "a.txt": "1\n" });
    git(world.repo, "worktree", "add", "-q", linked(), "work");
    write(linked(), "b.txt", "2\n");
    git(linked(), "add", "-A");
    const who = ["-c", "user.name=x", "commit", "-q", "--author=Zoë <z@example.org>", "--cleanup=verbatim"];
    git(linked(), ...who, "--date=2001-02-03T04:05:06+0700", "-m", "  odd\n\n\nmessage \n");
    const outside = tip(linked(), "HEAD");
    await take(rebase("host"));
    expect(tip(world.repo, "work^")).toBe(inside);
    const raw = (oid: string) =>
      git(world.repo, "cat-file", "commit", oid).replace(/^(tree|parent|committer).*\n/gm, "");
    expect(raw("work")).toBe(raw(outside));
    expect(tip(world.repo, `refs/agent-vm/${ws}/kept/${outside}`)).toBe(outside);
    expect(read(linked(), "a.txt") + read(linked(), "b.txt")).toBe("1\n2\n");
    expect(git(linked(), "status", "--porcelain")).toBe("");
    await pushToWorkspace(world.ctx, "work");
    expect(tip(inGuest(), "HEAD")).toBe(tip(world.repo, "work"));
  });

  test("--rebase workspace puts its commits on top, and says that the workspace needs push --reset", async () => {
    const { outside } = diverge();
    const fetched = await take(rebase("workspace"));
    expect(tip(world.repo, "work^")).toBe(outside);
    expect(read(linked(), "a.txt") + read(linked(), "b.txt")).toBe("1\n2\n");
    expect(fetchSummary(fetched).join("\n")).toContain("agent-vm push work --reset");
    expect((await refused(pushToWorkspace(world.ctx, "work"))).message).toContain("rewritten on the host");
  });

  test("--rebase leaves out what the other side has already, and refuses merges and conflicts", async () => {
    commit(inGuest(), { "same.txt": "s\n" }, "same");
    commit(inGuest(), { "a.txt": "1\n" }, "more");
    onHost({ "same.txt": "s\n" }, "same here");
    await take(rebase("workspace"));
    expect(git(world.repo, "log", "-2", "--format=%s", "work")).toBe("more\nsame here");

    git(inGuest(), "reset", "-q", "--hard", "HEAD~2");
    commit(inGuest(), { "c.txt": "1\n" }, "clash");
    const before = tip(world.repo, "work");
    git(world.repo, "update-ref", "-d", `refs/agent-vm/${ws}/synced/work`);
    commit(linked(), { "c.txt": "2\n" });
    const error = await refused(take(rebase("workspace")));
    expect(error.details).toEqual([expect.stringMatching(/^commit: [0-9a-f]+ {2}clash$/), "conflict: c.txt"]);
    expect(tip(world.repo, "work^")).toBe(before);

    git(inGuest(), "checkout", "-q", "-b", "side", "HEAD~1");
    commit(inGuest(), { "d.txt": "d\n" });
    git(inGuest(), "checkout", "-q", "work");
    git(inGuest(), "merge", "-q", "--no-edit", "side");
    expect((await refused(take(rebase("workspace")))).hint).toContain("--merge");
  });

  test("--as makes a second branch, moves it forward later, and never back", async () => {
    const { inside, outside } = diverge();
    const as: Way = { how: "as", branch: "review/work" };
    expect(fetchSummary(await take(as)).join("\n")).toContain('"work" was not moved');
    expect(tip(world.repo, "review/work")).toBe(inside);
    expect(tip(world.repo, "work")).toBe(outside);
    const next = commit(inGuest(), { "c.txt": "3\n" });
    await take(as);
    expect(tip(world.repo, "review/work")).toBe(next);
    git(inGuest(), "reset", "-q", "--hard", "HEAD~1");
    await take(as);
    expect(tip(world.repo, "review/work")).toBe(next);
    git(world.repo, "branch", "taken", "main");
    git(world.repo, "checkout", "-q", "taken");
    const mine = commit(world.repo, { "z.txt": "z\n" });
    expect((await refused(take({ how: "as", branch: "taken" }))).exit).toBe(EXIT.refused);
    expect(tip(world.repo, "taken")).toBe(mine);
    expect((await refused(take({ how: "as", branch: "-x" }))).exit).toBe(EXIT.usage);
  });
});

describe("rewritten work", () => {
  test("is refused, and stays said so, unless --as or --reset", async () => {
    const first = commit(inGuest(), { "a.txt": "1\n" });
    git(world.repo, "worktree", "add", "-q", linked(), "work");
    await fetch();
    write(inGuest(), "a.txt", "better\n");
    git(inGuest(), "commit", "-q", "-a", "--amend", "-m", "better");
    for (const way of [undefined, undefined, MERGE, rebase("host"), rebase("workspace")]) {
      const error = await refused(fetch(way && { way }));
      expect(error.message).toContain("rewritten in the workspace (host 1, workspace 1)");
      expect(error.details.join("\n")).toContain("agent-vm fetch work --reset");
    }
    expect(tip(world.repo, "work")).toBe(first);
    const fetched = await take(RESET);
    expect(tip(world.repo, "work")).toBe(tip(inGuest(), "work"));
    expect(tip(world.repo, `refs/agent-vm/${ws}/kept/${first}`)).toBe(first);
    expect(fetchSummary(fetched).join("\n")).toContain(`refs/agent-vm/${ws}/kept/${first}`);
    expect(read(linked(), "a.txt")).toBe("better\n");
    expect(git(linked(), "status", "--porcelain")).toBe("");
  });

  test("--reset with edits, or with files in the way, is refused before anything moves", async () => {
    const outside = onHost({ "b.txt": "2\n" });
    await pushToWorkspace(world.ctx, "work");
    git(inGuest(), "reset", "-q", "--hard", "HEAD~1");
    commit(inGuest(), { ".env": "theirs\n" });
    write(linked(), ".env", "precious\n");
    expect((await refused(take(RESET))).details).toEqual(["in the way: .env"]);
    write(linked(), "b.txt", "edited\n");
    expect((await refused(take(RESET))).message).toContain("uncommitted changes");
    expect(read(linked(), ".env") + read(linked(), "b.txt")).toBe("precious\nedited\n");
    expect(tip(world.repo, "work")).toBe(outside);
    expect(git(world.repo, "for-each-ref", `refs/agent-vm/${ws}/kept`)).toBe("");
  });

  test("a rewritten host branch is told apart", async () => {
    onHost({ "b.txt": "2\n" });
    await pushToWorkspace(world.ctx, "work");
    git(linked(), "commit", "-q", "--amend", "-m", "other");
    const error = await refused(fetch());
    expect(error.message).toContain("rewritten on the host");
    expect(error.details.join("\n")).toContain("agent-vm push work --reset");
  });
});

describe("between the look and the move", () => {
  /** Runs `meddle` once, just before the first git command that has `word`. */
  const meddling = (word: string, meddle: () => void) => {
    let done = false;
    const run: typeof world.ctx.run = (argv, options) => {
      if (!done && argv.includes(word)) {
        done = true;
        meddle();
      }
      return world.ctx.run(argv, options);
    };
    return { ...world.ctx, run };
  };

  test("a branch that the user moves is not moved, and its files come back", async () => {
    const { outside } = diverge();
    const ctx = meddling("read-tree", () => git(world.repo, "update-ref", "refs/heads/work", "main"));
    const error = await refused(fetchBranch(ctx, "work", { way: MERGE }));
    expect(error.exit).toBe(EXIT.refused);
    expect(tip(world.repo, "work")).toBe(tip(world.repo, "main"));
    git(world.repo, "update-ref", "refs/heads/work", outside);
    expect(git(linked(), "status", "--porcelain")).toBe("");
  });

  test("a worktree that is switched meanwhile is left alone", async () => {
    const { outside } = diverge();
    const ctx = meddling("merge-tree", () => git(linked(), "checkout", "-q", "-b", "elsewhere"));
    expect((await refused(fetchBranch(ctx, "work", { way: MERGE }))).message).toContain("another branch");
    expect(tip(world.repo, "work")).toBe(outside);
  });

  test("a command that was killed between files and branch is completed by the next", async () => {
    git(world.repo, "worktree", "add", "-q", linked(), "work");
    const inside = commit(inGuest(), { "a.txt": "1\n" });
    await fetchBranch(world.ctx, "work", { all: true, way: { how: "as", branch: "only-the-objects" } });
    git(linked(), "read-tree", "-m", "-u", "HEAD", inside);
    await fetch();
    expect(tip(world.repo, "work")).toBe(inside);
    expect(git(linked(), "status", "--porcelain")).toBe("");
  });
});

describe("limits and rehearsals", () => {
  test("more than the limit is refused, with nothing moved or left behind", async () => {
    const { randomBytes } = await import("node:crypto");
    commit(inGuest(), { "big.bin": randomBytes(4_000_000).toString("latin1") });
    const before = holdings();
    const ctx = { ...world.ctx, settings: { ...world.ctx.settings, fetch_limit: 0.002 } };
    const error = await refused(fetchBranch(ctx, "work"));
    expect(error.message).toContain("limit");
    expect(error.exit).toBe(EXIT.refused);
    expect(leftovers()).toEqual([]);
    expect(holdings()).toBe(before);
    await fetch();
    expect(leftovers()).toEqual([]);
  });

  const ways: Way[] = [{ how: "forward" }, MERGE, rebase("host"), RESET, { how: "as", branch: "new" }];
  test.each(ways)("--dry-run with $how changes nothing at all", async (way) => {
    diverge();
    git(inGuest(), "branch", "side");
    const before = holdings();
    const fetched = await fetch({ way, dryRun: true, all: true });
    expect(fetched.verdict).toEqual({ kind: "diverged", host: 1, workspace: 1 });
    expect(fetchSummary(fetched).join("\n")).toContain("Nothing was changed");
    expect(holdings()).toBe(before);
    expect(readFileSync(join(world.repo, ".git/config"), "utf8")).not.toContain("work");
  });
});

describe("what else is in the workspace", () => {
  test("other branches are listed, come with --all, and are moved nowhere", async () => {
    git(inGuest(), "checkout", "-q", "-b", "side/x");
    const side = commit(inGuest(), { "s.txt": "s\n" });
    git(inGuest(), "branch", "$(touch${IFS}pwned)");
    git(inGuest(), "branch", "a;b");
    git(inGuest(), "branch", "boring", "work");
    const first = await fetch();
    expect(first.state.otherBranches.sort()).toEqual(["$(touch${IFS}pwned)", "a;b", "side/x"]);
    expect(fetchSummary(first).join("\n")).toContain("agent-vm fetch work --all");
    git(world.repo, "branch", "boring", "main");

    const all = await fetch({ all: true });
    expect(all.brought.sort()).toEqual(["$(touch${IFS}pwned)", "a;b", "boring", "side/x"]);
    expect(tip(world.repo, `refs/agent-vm/${ws}/heads/side/x`)).toBe(side);
    const text = fetchSummary(all).join("\n");
    expect(text).toContain("agent-vm fetch work --from '$(touch${IFS}pwned)'");
    expect(git(world.repo, "for-each-ref", "--format=%(refname)", "refs/heads").split("\n")).toEqual([
      ...["refs/heads/boring", "refs/heads/main", "refs/heads/work"],
    ]);

    // A branch whose name is now a folder: its mirror goes into the vault.
    git(inGuest(), "checkout", "-q", "work");
    git(inGuest(), "branch", "-q", "-D", "a;b", "side/x");
    git(inGuest(), "branch", "-q", "a;b/c");
    git(inGuest(), "branch", "-q", "side", side);
    await fetch({ all: true });
    expect(tip(world.repo, `refs/agent-vm/${ws}/heads/side`)).toBe(side);
    expect(tip(world.repo, `refs/agent-vm/${ws}/heads/a;b/c`)).toBe(tip(inGuest(), "work"));
    expect((await fetch()).state.otherBranches).toEqual([]);
  });

  test("its own branch deleted there is said so, and its other branches still come", async () => {
    git(inGuest(), "checkout", "-q", "-b", "side");
    const side = commit(inGuest(), { "s.txt": "s\n" });
    git(inGuest(), "branch", "-q", "-D", "work");
    expect((await refused(fetch())).message).toContain("branch deleted in the workspace");
    await refused(fetch({ all: true }));
    expect(tip(world.repo, `refs/agent-vm/${ws}/heads/side`)).toBe(side);
  });

  test("uncommitted work is counted and named, with the way to bring it home", async () => {
    commit(inGuest(), { "a.txt": "1\n" });
    write(inGuest(), "README.md", "edit\n");
    write(inGuest(), "new\u001b[2J.txt", "n\n");
    const text = fetchSummary(await fetch()).join("\n");
    expect(text).toContain("changed 1, untracked 1");
    expect(text).toContain("untracked: new^[[2J.txt");
    expect(text).toContain("agent-vm fetch work --wip");
  });

  test("status has the same words, and connect says how to go on", async () => {
    commit(inGuest(), { "a.txt": "1\n" });
    git(inGuest(), "checkout", "-q", "--detach");
    commit(inGuest(), { "d.txt": "d\n" });
    git(inGuest(), "branch", "side");
    const [status] = await describeWorkspaces(world.ctx, await world.ctx.target());
    expect(status).toMatchObject({
      verdict: { kind: "workspace ahead", workspace: 1 },
      detached: tip(inGuest(), "side"),
      otherBranches: ["side"],
    });
    let calls = 0;
    const run: typeof world.ctx.run = (argv, options) => {
      if (argv[0] === "ssh") calls += 1;
      return world.ctx.run(argv, options);
    };
    await prepareWorkspace({ ...world.ctx, run }, "work");
    expect(calls).toBe(1);
    expect(world.said.at(-1)).toBe(
      "The workspace is ahead by 1 commit; bring them home: agent-vm fetch work",
    );
    git(inGuest(), "branch", "-f", "work", "HEAD");
    git(inGuest(), "checkout", "-q", "work");
    onHost({ "b.txt": "2\n" });
    await prepareWorkspace(world.ctx, "work");
    expect(world.said.at(-1)).toContain("diverged (host 1, workspace 2)");
  });
});
