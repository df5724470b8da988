// diff and log over a real sshd: what a workspace has that the host has not, and nothing of it changes by looking.
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { type DiffOptions, showDiff } from "../../src/domain/sync/show/diff.ts";
import { showLog } from "../../src/domain/sync/show/log.ts";
import { prepareWorkspace } from "../../src/domain/workspace/prepare.ts";
import type { Screen } from "../../src/io/pager.ts";
import { canary, commit, createWorld, git, refused, type World, write } from "./guest.ts";

let world: World;
let shown: string;
beforeEach(async () => {
  world = await createWorld();
  shown = "";
  git(world.repo, "checkout", "-q", "-b", "work");
  commit(world.repo, {
    "a.txt": "1\n2\n3\n",
    "old name.txt": "some\nlines\nthat\nstay\n",
    "gone.txt": "gone\n",
  });
  await prepareWorkspace(world.ctx, "work");
});
afterEach(() => world.remove());

const inGuest = () => world.at("shop-work");
const screen = (terminal = false): Screen => ({
  terminal,
  columns: 80,
  stdout: new Writable({
    write: (chunk, _encoding, done) => {
      shown += chunk;
      done();
    },
  }),
});
async function diff(options: Partial<DiffOptions> = {}, ctx: Context = world.ctx): Promise<string> {
  shown = "";
  await showDiff(ctx, "work", { committed: false, form: "patch", ...options }, screen());
  return shown;
}
async function log(form: "none" | "stat" | "patch" = "none"): Promise<string> {
  shown = "";
  await showLog(world.ctx, "work", { form }, screen());
  return shown;
}
const names = async () => (await diff({ form: "names" })).trimEnd().split("\n").sort();

/** Every file below .git with its content and time. */
function everything(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => {
      const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
      return `${path} ${statSync(path).mtimeMs} ${hash}`;
    })
    .sort();
}

describe("diff", () => {
  test("shows what is committed, staged, changed, deleted, renamed and untracked", async () => {
    const at = inGuest();
    commit(at, { "committed.txt": "c\n" });
    write(at, "staged.txt", "s\n");
    git(at, "add", "staged.txt");
    git(at, "mv", "old name.txt", "new name.txt");
    rmSync(join(at, "gone.txt"));
    write(at, "a.txt", "1\n2 changed\n3\n");
    write(at, "deep/untracked ü.txt", "u\n");
    write(at, ".env", "ignored\n");
    expect(await names()).toEqual(
      ["a.txt", "committed.txt", "deep/untracked ü.txt", "gone.txt", "new name.txt", "staged.txt"].sort(),
    );
    const patch = await diff();
    expect(patch).toContain("-2\n+2 changed\n");
    expect(patch).toContain("rename from old name.txt\nrename to new name.txt\n");
    expect(patch).toContain("deleted file mode 100644");
    expect(patch).toContain("+++ b/deep/untracked ü.txt");
    expect(patch).not.toContain("\u001b");
    expect(await diff({ form: "stat" })).toMatch(/committed\.txt +\| 1 \+/);
    expect(await diff({ committed: true, form: "names" })).toBe("committed.txt\n");
  });

  test("can be applied as it is", async () => {
    commit(inGuest(), { "a.txt": "1\n2\t\n3\n", "b.txt": "no end" });
    write(inGuest(), "u.txt", "u\n");
    write(world.hostHome, "p.patch", await diff());
    git(world.repo, "apply", join(world.hostHome, "p.patch"));
    expect(git(world.repo, "status", "--porcelain")).toBe(" M a.txt\n?? b.txt\n?? u.txt");
  });

  test("nothing of the workspace changes by looking", async () => {
    const at = inGuest();
    commit(at, { "committed.txt": "c\n" });
    write(at, "staged.txt", "s\n");
    git(at, "add", "staged.txt");
    write(at, "untracked.txt", "u\n");
    // Same content, other time: what would tempt git to refresh the index.
    write(at, "README.md", "hello\n");
    const before = everything(at);
    await diff();
    await diff({ form: "stat" });
    await diff({ committed: true });
    await log();
    await log("patch");
    expect(everything(at)).toEqual(before);
    expect(readdirSync("/dev/shm").filter((name) => name.startsWith("agent-vm-view."))).toEqual([]);
  });

  test("nothing to see is said, also when only the host went on", async () => {
    expect(await diff()).toBe("");
    expect(world.said.join("\n")).toContain('Nothing is in the workspace of "work" that the host has not');
    commit(world.repo, { "host.txt": "h\n" });
    expect(await diff()).toBe("");
  });

  test("what only the host has is not shown as deleted", async () => {
    commit(world.repo, { "host.txt": "h\n" });
    commit(inGuest(), { "guest.txt": "g\n" });
    expect(await names()).toEqual(["guest.txt"]);
  });

  test("a host branch that was rewritten is compared with the last commit both had", async () => {
    git(world.repo, "commit", "-q", "--amend", "-m", "other words");
    commit(inGuest(), { "guest.txt": "g\n" });
    expect(await names()).toEqual(["guest.txt"]);
  });

  test("a merge in conflict shows the files as they lie there", async () => {
    const at = inGuest();
    git(at, "checkout", "-q", "-b", "side");
    commit(at, { "a.txt": "side\n" });
    git(at, "checkout", "-q", "work");
    commit(at, { "a.txt": "ours\n" });
    expect(() => git(at, "merge", "-q", "side")).toThrow();
    expect(await diff()).toContain("+<<<<<<< HEAD\n+ours\n+=======\n+side\n+>>>>>>> side\n");
  });

  test("a repository inside is named, not shown", async () => {
    mkdirSync(join(inGuest(), "inner"));
    git(join(inGuest(), "inner"), "init", "-q");
    commit(join(inGuest(), "inner"), { x: "x" });
    expect(await diff()).toBe("");
    expect(world.said.join("\n")).toContain("not shown, a repository of its own: inner/");
  });

  test("a workspace on another branch is shown, and said to be", async () => {
    git(inGuest(), "checkout", "-q", "-b", "other");
    commit(inGuest(), { "other.txt": "o\n" });
    expect(await names()).toEqual(["other.txt"]);
    expect(world.said.join("\n")).toContain("has other checked out");
    expect(await diff({ committed: true })).toBe("");
  });

  test("a file that git was told not to look at is shown", async () => {
    git(inGuest(), "update-index", "--assume-unchanged", "a.txt");
    write(inGuest(), "a.txt", "hidden\n");
    expect(await diff()).toContain("+hidden");
  });

  test("a file that changed within the second that git looked at it is shown", async () => {
    const at = inGuest();
    git(at, "config", "core.trustctime", "false");
    const then = new Date("2026-01-01T10:00:00Z");
    const set = (...paths: string[]) => {
      for (const path of paths) utimesSync(join(at, path), then, then);
    };
    set("a.txt");
    git(at, "update-index", "-q", "--refresh");
    write(at, "a.txt", "1\n9\n3\n");
    // Only the index's own time tells that the file may have changed since.
    set("a.txt", ".git/index");
    expect(await diff()).toContain("+9\n");
  });

  test("a big difference is shown whole", async () => {
    write(inGuest(), "big.txt", Array.from({ length: 400_000 }, (_, at) => `line ${at}\n`).join(""));
    const text = await diff();
    expect(text.split("\n").filter((line) => line.startsWith("+line ")).length).toBe(400_000);
  });
});

describe("a hostile workspace", () => {
  test("steers no terminal, by content or by name", async () => {
    commit(inGuest(), { "a.txt": "1\n\u001b]0;owned\u0007\u001b[2J\u202e\n" }, "sub\u001b[2Jject");
    write(inGuest(), "na\u001b[31mme.txt", "\u009b2J\n");
    for (const text of [
      await diff(),
      await diff({ form: "names" }),
      await diff({ form: "stat" }),
      await log("patch"),
    ]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what this is about
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    expect(await log()).toContain("sub^[[2Jject");
  });

  test("hides nothing by its attributes and configuration, and runs nothing here", async () => {
    const trap = canary(world.hostHome, "trap");
    const at = inGuest();
    for (const [name, value] of [
      ["diff.external", "true"],
      ["diff.hide.command", "true"],
      ["diff.hide.textconv", "echo same; :"],
      ["diff.noprefix", "true"],
      ["diff.context", "0"],
      ["core.fsmonitor", trap.program],
      ["color.ui", "always"],
      ["diff.orderFile", "/dev/zero"],
    ] as const) {
      git(at, "config", name, value);
    }
    write(at, "a.txt", "1\n2 changed\n3\n");
    for (const attribute of ["-diff", "diff=hide", "binary"]) {
      write(at, ".gitattributes", `*.txt ${attribute}\n`);
      write(at, ".git/info/attributes", `*.txt ${attribute}\n`);
      expect(await diff()).toContain("--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n 1\n-2\n+2 changed\n 3\n");
    }
    expect(trap.fired()).toBe(false);
  });

  test("binary files are what git finds binary", async () => {
    write(inGuest(), ".gitattributes", "*.bin diff\n");
    write(inGuest(), "x.bin", "a\0b\n");
    expect(await diff()).toContain("Binary files /dev/null and b/x.bin differ");
  });
});

describe("log", () => {
  test("has a line for each commit that the host has not, and says what is not committed", async () => {
    commit(inGuest(), { "b.txt": "b\n" }, "second");
    commit(inGuest(), { "c.txt": "c\n" }, "third");
    git(inGuest(), "checkout", "-q", "-b", "other");
    commit(inGuest(), { "d.txt": "d\n" }, "elsewhere");
    git(inGuest(), "checkout", "-q", "work");
    write(inGuest(), "a.txt", "x\n");
    git(inGuest(), "stash", "-q");
    write(inGuest(), "a.txt", "y\n");
    write(inGuest(), "u.txt", "u\n");
    commit(world.repo, { "host.txt": "h\n" }, "of the host");
    expect((await log()).split("\n")).toEqual([
      "not committed: changed 1, untracked 1, stashes 1",
      "also on: other (1 commit)",
      expect.stringMatching(/^[0-9a-f]{7,} {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}A {2}third$/),
      expect.stringMatching(/ {2}A {2}second$/),
      "",
    ]);
    expect(await log("stat")).toMatch(/third\n\n c\.txt \| 1 \+\n/);
    expect(await log("patch")).toContain("+++ b/c.txt\n@@ -0,0 +1 @@\n+c\n");
  });

  test("nothing new is said", async () => {
    expect(await log()).toBe("");
    expect(world.said.join("\n")).toContain("Nothing in the workspace");
  });

  test("a branch deleted in the workspace is told, its commits elsewhere are named", async () => {
    git(inGuest(), "checkout", "-q", "-b", "other");
    commit(inGuest(), { "d.txt": "d\n" });
    git(inGuest(), "branch", "-q", "-D", "work");
    expect(await log()).toContain("has no branch work (any more)\nalso on: other (1 commit)\n");
    expect((await refused(diff({ committed: true }))).message).toContain('has no branch "work"');
  });
});

describe("no answer", () => {
  test("without a workspace it is said how to make one", async () => {
    const error = await refused(
      showDiff(world.ctx, "nothing", { committed: false, form: "patch" }, screen()),
    );
    expect(error.hint).toContain("agent-vm connect nothing");
  });

  test.each([
    ["deleted", () => rmSync(inGuest(), { recursive: true }), "is not in the VM any more"],
    ["no repository", () => rmSync(join(inGuest(), ".git"), { recursive: true }), "is not a git repository"],
    ["broken", () => write(inGuest(), ".git/HEAD", "rubbish"), "git cannot read"],
  ])("a workspace that is %s is told as it is", async (_name, change, message) => {
    change();
    expect((await refused(diff())).message).toContain(message);
    expect((await refused(log())).message).toContain(message);
  });

  test("a guest that does not answer is told so, not as nothing", async () => {
    world.stopGuest();
    expect((await refused(diff())).message).toContain("does not answer");
  });
});

describe("the pager", () => {
  const paged = (GIT_PAGER: string, env = {}): Context => ({
    ...world.ctx,
    env: { ...world.ctx.env, GIT_PAGER, ...env },
  });
  const open = (ctx: Context) => showDiff(ctx, "work", { committed: false, form: "patch" }, screen(true));

  test("gets the difference in colour, and the terminal's own settings", async () => {
    const out = join(world.hostHome, "paged");
    write(inGuest(), "a.txt", "1\n2 changed\n3\n");
    await open(paged(`{ echo "$LESS"; cat; } >'${out}'`));
    const text = readFileSync(out, "utf8");
    expect(text).toMatch(/^FRX\n/);
    expect(text).toContain("\u001b[32m+2 changed\u001b[m\n");
    await open(paged(`cat >'${out}'`, { NO_COLOR: "1" }));
    expect(readFileSync(out, "utf8")).not.toContain("\u001b");
  });

  test("is the one of git's configuration", async () => {
    const out = join(world.hostHome, "paged");
    write(inGuest(), "a.txt", "2\n");
    appendFileSync(join(world.hostHome, ".gitconfig"), `[core]\n\tpager = "cat >'${out}'"\n`);
    await open(world.ctx);
    expect(readFileSync(out, "utf8")).toContain("a.txt");
    git(world.repo, "config", "pager.diff", "false");
    await open(world.ctx);
    expect(shown).toContain("a.txt");
  });

  test("left early is no failure, and ends the guest's work", async () => {
    write(inGuest(), "big.txt", "line\n".repeat(4_000_000));
    const out = join(world.hostHome, "paged");
    await open(paged(`head -n 1 >'${out}'`));
    expect(readFileSync(out, "utf8")).toContain("big.txt");
  });

  test("is not opened for nothing", async () => {
    const out = join(world.hostHome, "paged");
    await open(paged(`cat >'${out}'`));
    expect(existsSync(out)).toBe(false);
  });

  test("one that cannot be run is named", async () => {
    write(inGuest(), "a.txt", "2\n");
    expect((await refused(open(paged("no-such-pager")))).message).toContain("no-such-pager");
  });
});
