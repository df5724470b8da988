// What goes wrong in the middle: a cut connection, a full disk, a lock left behind, two commands at once, damage.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { listSaves } from "../../src/domain/vault/records.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { commandsBelow, everythingBelow, serversOf } from "./faults.ts";
import { commit, createWorld, git, read, refused, type World, write } from "./guest.ts";

const MiB = 1024 * 1024;

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await pushToWorkspace(world.ctx, "work");
});
afterEach(() => world.remove());

const push = () => pushToWorkspace(world.ctx, "work");
const fetch = () => fetchBranch(world.ctx, "work");
const clean = () => cleanBranch(world.ctx, "work", false);
const inGuest = (...rest: string[]) => world.at("shop-work", ...rest);
const tip = (directory: string, ref = "work") => git(directory, "rev-parse", ref);

/** A commit that takes a moment to travel. */
function bigCommit(directory: string, size = 24 * MiB): string {
  writeFileSync(join(directory, "big.bin"), randomBytes(size));
  git(directory, "add", "-A");
  git(directory, "commit", "-q", "-m", "big");
  return tip(directory, "HEAD");
}

/** Ends the guest as soon as git is at work in it with something that matches. */
function cutWhen(program: RegExp): { cut: () => boolean; stop(): void } {
  let done = false;
  const timer = setInterval(() => {
    if (done || !commandsBelow(serversOf(process.pid)).some((words) => program.test(words))) return;
    done = true;
    world.stopGuest();
  }, 2);
  return { cut: () => done, stop: () => clearInterval(timer) };
}

/** After a cut: the shared connection of before may take a moment to be gone. */
async function answersAgain(): Promise<void> {
  await world.startGuest();
  const { configFile, alias } = await world.ctx.target();
  for (let tries = 0; tries < 300; tries += 1) {
    const { code } = await world.ctx.run(["ssh", "-F", configFile, alias, "true"], { ok: "any" });
    if (code === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the guest does not answer again");
}

/** Programs of the guest may write no file larger than that from now on: what a full disk is to them. */
function narrowGuest(size: number): void {
  for (const pid of everythingBelow(serversOf(process.pid))) {
    execFileSync("prlimit", ["--pid", String(pid), `--fsize=${size}:${size}`]);
  }
}

/** Everything of the user's and the agent's that must not change. */
const state = () => ({
  hostHeads: git(world.repo, "for-each-ref", "refs/heads"),
  hostStatus: git(world.repo, "status", "--porcelain", "-uall"),
  guestHeads: git(inGuest(), "for-each-ref", "refs/heads"),
  guestStatus: git(inGuest(), "status", "--porcelain", "-uall", "--ignored"),
  guestHead: read(inGuest(), ".git/HEAD"),
});

const isSound = (directory: string) => git(directory, "fsck", "--full", "--no-dangling");

describe("the connection is cut in the middle of", () => {
  test.each([
    ["a push", 15 * MiB, /index-pack|unpack-objects|receive-pack/],
    ["a push of so much that it is sent before", 24 * MiB, /^(head|tee|sha1sum)/],
  ])("%s: the workspace is as it was, and the next push goes through", async (_what, size, program) => {
    git(world.repo, "checkout", "-q", "work");
    const pushed = bigCommit(world.repo, size);
    write(inGuest(), "mine.txt", "the agent's\n");
    const before = state();
    const knife = cutWhen(program);
    const error = await refused(push());
    knife.stop();
    expect(knife.cut()).toBe(true);
    expect([EXIT.failed, EXIT.notReady]).toContain(error.exit);
    expect(state()).toEqual(before);
    await answersAgain();
    await push();
    expect(tip(inGuest(), "HEAD")).toBe(pushed);
    expect(read(inGuest(), "mine.txt")).toBe("the agent's\n");
    isSound(inGuest());
  });

  test("the first push: no half workspace is left where one is looked for", async () => {
    git(world.repo, "checkout", "-q", "-b", "other");
    bigCommit(world.repo);
    const knife = cutWhen(/^(head|tee|sha1sum|git.*reset)/);
    const error = await refused(pushToWorkspace(world.ctx, "other"));
    knife.stop();
    expect(knife.cut()).toBe(true);
    expect([EXIT.failed, EXIT.notReady]).toContain(error.exit);
    await answersAgain();
    await pushToWorkspace(world.ctx, "other");
    expect(tip(world.at("shop-other"), "HEAD")).toBe(tip(world.repo, "other"));
    expect(git(world.at("shop-other"), "status", "--porcelain")).toBe("");
    isSound(world.at("shop-other"));
  });

  test("a fetch: no branch and no file of the host moves, and the next one brings it home", async () => {
    git(world.repo, "checkout", "-q", "work");
    const made = bigCommit(inGuest());
    const before = state();
    const knife = cutWhen(/pack-objects/);
    const error = await refused(fetch());
    knife.stop();
    expect(knife.cut()).toBe(true);
    expect([EXIT.failed, EXIT.notReady]).toContain(error.exit);
    expect(state()).toEqual(before);
    await answersAgain();
    await fetch();
    expect(tip(world.repo)).toBe(made);
    isSound(world.repo);
  });

  test("a save: nothing is deleted and no save is recorded, and the next one is whole", async () => {
    writeFileSync(inGuest("new.bin"), randomBytes(24 * MiB));
    const before = state();
    const knife = cutWhen(/pack-objects/);
    const error = await refused(clean());
    knife.stop();
    expect(knife.cut()).toBe(true);
    expect([EXIT.failed, EXIT.refused, EXIT.notReady]).toContain(error.exit);
    expect(state()).toEqual(before);
    expect(await listSaves(world.ctx)).toEqual([]);
    await answersAgain();
    expect((await clean()).saves).toHaveLength(1);
    expect(existsSync(inGuest())).toBe(false);
  });
});

/** Neither this process nor what it starts may write a larger file meanwhile: what a full disk is to them. */
async function narrowHost<T>(size: number, work: (ctx: Context) => Promise<T>): Promise<T> {
  const limit = (bytes: string) =>
    execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:`]);
  // Programs that set such a limit themselves may only make it smaller. Without SIGXFSZ (25) a write fails, and they say so.
  const hard = ["sh", "-c", `trap "" 25; ulimit -f "$1"; shift; exec "$@"`, "sh", String(size / 512)];
  const run: Context["run"] = (argv, options) =>
    world.ctx.run(argv[0] === "ssh" ? argv : [...hard, ...argv], options);
  // Without a listener the signal ends the process; with one a write fails, as on a full disk.
  const live = () => {};
  process.on("SIGXFSZ", live);
  limit(String(size));
  try {
    return await work({ ...world.ctx, run });
  } finally {
    limit("unlimited");
    process.off("SIGXFSZ", live);
  }
}

describe("the disk is full", () => {
  test("in the guest while it is pushed to", async () => {
    git(world.repo, "checkout", "-q", "work");
    const pushed = bigCommit(world.repo, 4 * MiB);
    const before = state();
    narrowGuest(MiB);
    const error = await refused(push());
    expect(error.exit).toBe(EXIT.failed);
    expect(error.message).toContain("push");
    expect(state()).toEqual(before);
    isSound(inGuest());
    world.stopGuest();
    await answersAgain();
    await push();
    expect(tip(inGuest(), "HEAD")).toBe(pushed);
  });

  test("on the host while it fetches", async () => {
    git(world.repo, "checkout", "-q", "work");
    const made = bigCommit(inGuest(), 4 * MiB);
    const before = state();
    const error = await narrowHost(MiB, (ctx) => refused(fetchBranch(ctx, "work")));
    expect([EXIT.failed, EXIT.refused]).toContain(error.exit);
    expect(state()).toEqual(before);
    await fetch();
    expect(tip(world.repo)).toBe(made);
  });

  describe("on the host while the new files are written", () => {
    // Small as objects, so that all of them come home, and large as files.
    const large = "x".repeat(4 * MiB);
    const begin = () => {
      git(inGuest(), "rm", "-q", "old/gone.txt");
      const files = { "a.txt": "1\n", "dir/in/big.txt": large, "kept.txt": "2\n", "grown.txt": large };
      return commit(inGuest(), files);
    };
    const fails = (before: () => void = () => {}) =>
      narrowHost(MiB, (ctx) => {
        const run: Context["run"] = (argv, options) => {
          if (argv.includes("read-tree") && argv.includes("-u")) before();
          return ctx.run(argv, options);
        };
        return refused(fetchBranch({ ...ctx, run }, "work"));
      });

    beforeEach(async () => {
      git(world.repo, "checkout", "-q", "work");
      commit(world.repo, { "old/gone.txt": "1\n", "kept.txt": "1\n", "grown.txt": "1\n" });
      await push();
    });

    test("no half of them stays, what they replaced is back, and the next fetch goes through", async () => {
      const made = begin();
      const before = { ...state(), files: readdirSync(world.repo) };
      const error = await fails();
      expect(error.exit).toBe(EXIT.refused);
      expect(error.message).toMatch(/it is as it was\.$/);
      expect(error.details.join("\n")).toContain("big.txt");
      expect({ ...state(), files: readdirSync(world.repo) }).toEqual(before);
      await fetch();
      expect(tip(world.repo)).toBe(made);
      expect(read(world.repo, "grown.txt")).toBe(large);
      expect(git(world.repo, "status", "--porcelain")).toBe("");
    });

    test.each(["", "2\n"])("an edit that looks like the beginning of what comes stays (%j)", async (edit) => {
      commit(inGuest(), { "kept.txt": "2\n" });
      const run: Context["run"] = (argv, options) => {
        // The last question before the step.
        if (argv.includes("symbolic-ref")) write(world.repo, "kept.txt", edit);
        return world.ctx.run(argv, options);
      };
      const error = await refused(fetchBranch({ ...world.ctx, run }, "work"));
      expect(error.exit).toBe(EXIT.refused);
      expect(read(world.repo, "kept.txt")).toBe(edit);
    });

    test("a file that somebody made in that moment stays, and is named", async () => {
      commit(inGuest(), { "a.txt": "1\n", "big.txt": large });
      const error = await fails(() => write(world.repo, "a.txt", "mine\n"));
      expect(error.message).toContain("not");
      expect(error.details).toContain("not as it was: a.txt");
      expect(error.hint).toContain("status");
      expect(git(world.repo, "status", "--porcelain")).toBe("?? a.txt");
      expect(read(world.repo, "a.txt")).toBe("mine\n");
    });
  });

  test("on the host while a workspace is saved", async () => {
    writeFileSync(inGuest("new.bin"), randomBytes(4 * MiB));
    commit(inGuest(), { "a.txt": "1" });
    const before = state();
    const error = await narrowHost(MiB, (ctx) => refused(cleanBranch(ctx, "work", false)));
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toContain("saved");
    expect(state()).toEqual(before);
    expect(await listSaves(world.ctx)).toEqual([]);
    expect((await clean()).saves).toHaveLength(1);
  });

  test("in the guest while a workspace is saved", async () => {
    writeFileSync(inGuest("new.bin"), randomBytes(4 * MiB));
    const before = state();
    narrowGuest(MiB);
    const error = await refused(clean());
    expect([EXIT.refused, EXIT.failed]).toContain(error.exit);
    expect(state()).toEqual(before);
    expect(await listSaves(world.ctx)).toEqual([]);
  });
});

describe("a lock of git left behind", () => {
  test("in the workspace: the push is refused or goes through whole; a fetch does not mind", async () => {
    git(world.repo, "checkout", "-q", "work");
    commit(world.repo, { "a.txt": "1\n" });
    write(inGuest(), ".git/index.lock", "");
    const before = state();
    const error = await refused(push());
    expect([EXIT.failed, EXIT.refused]).toContain(error.exit);
    expect([error.message, ...error.details, error.hint].join("\n")).toContain("index.lock");
    expect(state()).toEqual(before);
    await fetch();
    rmSync(inGuest(".git/index.lock"));
    await push();
    expect(read(inGuest(), "a.txt")).toBe("1\n");
  });

  test("in the workspace: it can be cleaned, with all its work in the vault", async () => {
    write(inGuest(), "new.txt", "n\n");
    write(inGuest(), ".git/index.lock", "");
    const { saves } = await clean();
    expect(saves).toHaveLength(1);
    expect(existsSync(inGuest())).toBe(false);
  });

  test("in the host's checkout: the fetch is refused before the branch moves", async () => {
    git(world.repo, "checkout", "-q", "work");
    const made = commit(inGuest(), { "a.txt": "1\n" });
    write(world.repo, ".git/index.lock", "");
    const before = state();
    // git wants to write its index already where it looks at the files.
    const past = new Date("2026-01-01T00:00:00Z");
    utimesSync(join(world.repo, "README.md"), past, past);
    const error = await refused(fetch());
    expect([EXIT.failed, EXIT.refused]).toContain(error.exit);
    expect([error.message, ...error.details, error.hint].join("\n")).toContain("index.lock");
    expect(state()).toEqual(before);
    rmSync(join(world.repo, ".git/index.lock"));
    await fetch();
    expect(tip(world.repo)).toBe(made);
    expect(read(world.repo, "a.txt")).toBe("1\n");
  });
});

describe("two commands on one branch at once", () => {
  test("pushes and fetches wait for each other, and all say what is true", async () => {
    git(world.repo, "checkout", "-q", "work");
    commit(world.repo, { "a.txt": "1\n" });
    await Promise.all([push(), push(), fetch(), push()]);
    expect(tip(inGuest(), "HEAD")).toBe(tip(world.repo));
    expect(world.said.join("\n")).toContain("Waiting for another command to end");
    isSound(inGuest());
  });

  test("two cleans: one deletes, the other finds nothing, and one save holds the work", async () => {
    write(inGuest(), "new.txt", "n\n");
    const results = await Promise.allSettled([clean(), clean()]);
    expect(results.some((one) => one.status === "fulfilled")).toBe(true);
    expect(existsSync(inGuest())).toBe(false);
    const [save] = await listSaves(world.ctx);
    expect(save).toBeDefined();
  });

  test("a clean and a push: whoever is second finds a whole workspace or makes one", async () => {
    write(inGuest(), "new.txt", "n\n");
    await Promise.allSettled([clean(), push()]);
    await push();
    expect(tip(inGuest(), "HEAD")).toBe(tip(world.repo));
    expect(await listSaves(world.ctx)).toHaveLength(1);
    isSound(inGuest());
  });

  test("two first pushes of one branch", async () => {
    await Promise.all([pushToWorkspace(world.ctx, "fresh"), pushToWorkspace(world.ctx, "fresh")]);
    expect(tip(world.at("shop-fresh"), "HEAD")).toBe(tip(world.repo, "fresh"));
    const names = readdirSync(join(world.guestHome, "workspace")).filter((name) => name.includes("fresh"));
    expect(names).toEqual(["shop-fresh"]);
  });
});

describe("an object of the workspace is all zeros", () => {
  function zero(oid: string): void {
    const object = inGuest(".git/objects", oid.slice(0, 2), oid.slice(2));
    chmodSync(object, 0o600);
    writeFileSync(object, Buffer.alloc(64));
  }

  test.each(["commit", "tree", "blob"])("a %s: fetch moves nothing and says so", async (kind) => {
    git(world.repo, "checkout", "-q", "work");
    commit(inGuest(), { "a.txt": "1\n" });
    const spec = { commit: "HEAD", tree: "HEAD^{tree}", blob: "HEAD:a.txt" }[kind] ?? "";
    zero(git(inGuest(), "rev-parse", spec));
    const before = {
      heads: git(world.repo, "for-each-ref"),
      status: git(world.repo, "status", "--porcelain"),
    };
    const error = await refused(fetch());
    expect([EXIT.failed, EXIT.refused]).toContain(error.exit);
    expect(error.hint).toBeDefined();
    const after = {
      heads: git(world.repo, "for-each-ref"),
      status: git(world.repo, "status", "--porcelain"),
    };
    expect(after).toEqual(before);
  });

  test.each(["commit", "tree", "blob"])("a %s: clean deletes nothing", async (kind) => {
    commit(inGuest(), { "a.txt": "1\n" });
    const spec = { commit: "HEAD", tree: "HEAD^{tree}", blob: "HEAD:a.txt" }[kind] ?? "";
    zero(git(inGuest(), "rev-parse", spec));
    // A file that still has the content would be saved as it lies there, and the object with it.
    write(inGuest(), "a.txt", "2\n");
    const error = await refused(clean());
    expect(error.exit).toBe(EXIT.refused);
    expect(existsSync(inGuest(".git"))).toBe(true);
    expect(read(inGuest(), "a.txt")).toBe("2\n");
    expect(await listSaves(world.ctx)).toEqual([]);
  });

  test("a push does not make it worse", async () => {
    git(world.repo, "checkout", "-q", "work");
    const inside = commit(inGuest(), { "a.txt": "1\n" });
    commit(world.repo, { "b.txt": "1\n" });
    zero(inside);
    const error = await refused(push());
    expect([EXIT.failed, EXIT.refused]).toContain(error.exit);
    expect(read(inGuest(), ".git/refs/heads/work").trim()).toBe(inside);
    expect(read(inGuest(), "a.txt")).toBe("1\n");
  });
});
