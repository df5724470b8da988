// What an agent's names, configuration and damage must not do: over real git and a real sshd.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { fetchSummary } from "../../src/domain/sync/fetch/fetch-text.ts";
import { observeOne } from "../../src/domain/sync/observe.ts";
import { whatStaysBehind } from "../../src/domain/sync/push/travel.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createWorld, git, refused, type World } from "./guest.ts";

let world: World;
let at: string;
beforeEach(async () => {
  world = await createWorld();
  at = world.at((await prepareWorkspace(world.ctx, "work")).dir);
});
afterEach(() => world.remove());
const push = () => pushToWorkspace(world.ctx, "work");
const fetchAll = () => fetchBranch(world.ctx, "work", { all: true });

/** Runs every command that a text shows, as a user who copies it; its output. */
function paste(text: string): string {
  const commands = text
    .split("\n")
    .flatMap((line) => /(?:git --git-dir|agent-vm fetch work --from).*$/.exec(line)?.[0] ?? []);
  const named = `agent-vm() { [ $# = 4 ] && printf '%s\\n' "$4"; }`;
  const script = [named, ...commands.map((command) => `${command} </dev/null`)].join("\n");
  return execFileSync("bash", ["-c", script], { cwd: world.repo, encoding: "utf8", env: process.env });
}

describe("a branch whose name is a command", () => {
  test("is a word in the command that shows what was kept of it", async () => {
    const name = "a';touch${IFS}fired;'";
    git(at, "checkout", "-q", "-b", name);
    commit(at, { "e.txt": "1" });
    await fetchAll();
    git(at, "commit", "-q", "--amend", "-m", "again");
    await fetchAll();
    const said = world.said.filter((line) => line.includes("it is kept"));
    expect(said).toHaveLength(1);
    expect(paste(said.join("\n"))).toContain("work");
    expect(existsSync(join(world.repo, "fired"))).toBe(false);
  });

  test("gets no command when its name is cut or changed where it is shown", async () => {
    const names = [`${"l".repeat(180)}'`, "x\u202ey", "x;touch${IFS}fired;#", "plain"];
    for (const name of names) git(at, "branch", name);
    git(at, "update-ref", "refs/heads/-D", "HEAD");
    const text = fetchSummary(await fetchAll()).join("\n");
    expect(text).toContain("agent-vm fetch work --from plain");
    expect(paste(text).split("\n").filter(Boolean).sort()).toEqual(["plain", "x;touch${IFS}fired;#"]);
    expect(existsSync(join(world.repo, "fired"))).toBe(false);
  });
});

describe("a branch with the name refs/heads/work in the workspace", () => {
  beforeEach(() => {
    git(at, "branch", "refs/heads/work");
    git(world.repo, "checkout", "-q", "work");
    commit(world.repo, { "h.txt": "1" });
  });
  const guestRefs = () => git(at, "for-each-ref");

  test("beside work: a push is refused, says which, and goes through after the rename it names", async () => {
    const before = guestRefs();
    const error = await refused(push());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toContain('a branch with the name "refs/heads/work"');
    expect(guestRefs()).toBe(before);
    expect(error.hint).toContain("git -C workspace/shop-work branch -m refs/heads/work <name>");
    git(at, "branch", "-m", "refs/heads/work", "other");
    await push();
    expect(git(at, "rev-parse", "HEAD")).toBe(git(world.repo, "rev-parse", "work"));
  });

  test("without work: it is never taken for it", async () => {
    git(at, "checkout", "-q", "--detach");
    git(at, "update-ref", "-d", "refs/heads/work");
    const before = guestRefs();
    const error = await refused(push());
    expect(error.exit).toBe(EXIT.refused);
    expect(guestRefs()).toBe(before);
    const asked = { dir: "shop-work", branch: "work" };
    const seen = await observeOne(world.ctx, await world.ctx.target(), asked, "counts");
    expect(seen.tip).toBeUndefined();
  });

  test("a branch that could be taken for a mirror of the host's is told before anything travels", async () => {
    git(at, "branch", "-m", "refs/heads/work", "refs/remotes/host/work");
    expect((await refused(pushToWorkspace(world.ctx, "work", "aside"))).exit).toBe(EXIT.refused);
  });
});

test.each(["ignore", "warn", undefined])(
  "receive.denyCurrentBranch = %s: files follow a push",
  async (value) => {
    if (value === undefined) git(at, "config", "--unset", "receive.denyCurrentBranch");
    else git(at, "config", "receive.denyCurrentBranch", value);
    git(world.repo, "checkout", "-q", "work");
    commit(world.repo, { "h.txt": "1" });
    await push();
    expect(git(at, "status", "--short")).toBe("");
    expect(existsSync(join(at, "h.txt"))).toBe(true);
  },
);

describe("a damaged repository is called that", () => {
  /** The object is gone, or not one any more. */
  function damage(spec: string, how: "gone" | "zeros"): void {
    const oid = git(at, "rev-parse", spec);
    const object = join(at, ".git/objects", oid.slice(0, 2), oid.slice(2));
    chmodSync(object, 0o600);
    if (how === "gone") rmSync(object);
    else writeFileSync(object, Buffer.alloc(64));
  }
  const HOW = ["HEAD", "HEAD^{tree}", "HEAD:a.txt"].flatMap((spec) =>
    (["gone", "zeros"] as const).map((how) => [spec, how] as const),
  );

  test.each(HOW)("by fetch: %s %s", async (spec, how) => {
    commit(at, { "a.txt": "1\n" });
    damage(spec, how);
    const error = await refused(fetchBranch(world.ctx, "work"));
    expect(error.message).toMatch(/damaged|git cannot read/);
    expect(error.hint).toContain("git -C workspace/shop-work fsck --full");
  });

  // What lies on the disk or in the index makes a tree and a file again: then nothing is missing from the save.
  const MADE_AGAIN = [
    ["HEAD^{tree}", "gone"],
    ["HEAD:a.txt", "gone"],
    ["HEAD:a.txt", "zeros"],
  ] as const;
  const LOST = HOW.filter(([spec, how]) => !MADE_AGAIN.some((one) => one[0] === spec && one[1] === how));

  test.each(MADE_AGAIN)("or saved whole by clean, when the rest has it: %s %s", async (spec, how) => {
    const tip = commit(at, { "a.txt": "1\n" });
    damage(spec, how);
    await cleanBranch(world.ctx, "work", false);
    await restore(world.ctx, { branch: "work" });
    expect(git(at, "show", `${tip}:a.txt`)).toBe("1");
    expect(git(at, "status", "--porcelain")).toBe("");
    git(at, "fsck", "--no-dangling");
  });

  test.each(LOST)("by clean: %s %s", async (spec, how) => {
    commit(at, { "a.txt": "1\n" });
    damage(spec, how);
    const error = await refused(cleanBranch(world.ctx, "work", false));
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toContain("is damaged");
    expect(error.hint).toContain("git -C workspace/shop-work fsck --full");
    expect(error.hint).toContain("agent-vm clean work --force");
    expect(existsSync(at)).toBe(true);
  });

  test("by push", async () => {
    git(world.repo, "checkout", "-q", "work");
    commit(at, { "a.txt": "1\n" });
    commit(world.repo, { "b.txt": "1\n" });
    damage("HEAD", "zeros");
    const error = await refused(push());
    expect(error.hint).toContain("git -C workspace/shop-work fsck --full");
  });

  test("but not one that is sound", async () => {
    commit(at, { "a.txt": "1\n" });
    const ctx = { ...world.ctx, settings: { ...world.ctx.settings } };
    mkdirSync(join(world.repo, ".git/refs/agent-vm/shop-work/heads/work.lock"), { recursive: true });
    const error = await refused(fetchBranch(ctx, "work")).catch((other: Error) => other);
    expect(error.message).not.toContain("damaged");
  });
});

test("a name that the VM makes up does not get into a hint", async () => {
  const run: typeof world.ctx.run = async (argv, options) => {
    const result = await world.ctx.run(argv, options);
    const asked = `${argv.join(" ")} ${String(options?.input ?? "")}`.includes("agent-vm.save.$dir");
    return asked ? { ...result, stdout: "x;touch fired\0" } : result;
  };
  renameSync(at, world.at(".agent-vm.leaving.shop-work"));
  mkdirSync(at);
  const error = await refused(cleanBranch({ ...world.ctx, run }, "work", false));
  expect(error.hint).not.toContain("touch");
});

test("Git LFS is told from a subdirectory too", async () => {
  git(world.repo, "checkout", "-q", "work");
  commit(world.repo, { ".gitattributes": "*.bin filter=lfs\n", "sub/a.txt": "1" });
  const ctx = { ...world.ctx, cwd: join(world.repo, "sub") };
  const found = await whatStaysBehind(ctx, await findRepository(ctx), git(world.repo, "rev-parse", "HEAD"));
  expect(found.largeFiles).toBe(true);
});
