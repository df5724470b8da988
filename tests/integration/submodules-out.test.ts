// Submodules on their way into a workspace, over real git and a real sshd: made, followed, and never passed over.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { scanBranch } from "../../src/domain/scan/show.ts";
import type { PushWay } from "../../src/domain/sync/push/plan-push.ts";
import { describeWorkspaces } from "../../src/domain/workspace/describe.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createRepository, createWorld, git, read, refused, type World, write } from "./guest.ts";

let world: World;
let template: World;
let lib: string;
let deep: string;

/** `shop` has `libs/a lib`, by a relative url, which has `deep`. */
beforeAll(async () => {
  template = await createWorld();
  template.stopGuest();
  deep = createRepository(join(template.hostHome, "deep"));
  lib = createRepository(join(template.hostHome, "lib"));
  addSubmodule(lib, deep, "deep");
  const { repo } = template;
  git(repo, "remote", "add", "origin", "https://me:word@example.org/team/shop.git");
  git(repo, "checkout", "-q", "-b", "work");
  addSubmodule(repo, lib, PATH);
  git(repo, "config", "-f", ".gitmodules", `submodule.${PATH}.url`, "../lib.git");
  commit(repo, { ".gitmodules": read(repo, ".gitmodules") }, "a relative url");
  git(join(repo, PATH), "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init");
});
afterAll(() => template.remove());

beforeEach(async () => {
  world = await createWorld();
  rmSync(world.repo, { recursive: true });
  cpSync(template.repo, world.repo, { recursive: true, verbatimSymlinks: true });
});
afterEach(() => world.remove());

function addSubmodule(repo: string, from: string, path: string, ...options: string[]): void {
  git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", ...options, "--", from, path);
  git(repo, "commit", "-q", "-m", `add ${path}`);
}

const PATH = "libs/a lib";
const onHost = () => join(world.repo, PATH);
const ws = "shop-work";
const inGuest = (...rest: string[]) => world.at(ws, ...rest);
const sub = () => inGuest(PATH);
const push = (way: PushWay = "plain") => pushToWorkspace(world.ctx, "work", way);
const head = (directory: string) => git(directory, "rev-parse", "HEAD");
const clean = (directory: string) =>
  expect(git(directory, "status", "--porcelain", "--ignored", "--ignore-submodules=none")).toBe("");
const said = () => world.said.join("\n");

/** A commit in the host's clone of the submodule, recorded by the branch. */
function moveOnHost(files: Record<string, string>): string {
  const oid = commit(onHost(), files, "in the submodule");
  git(world.repo, "add", PATH);
  git(world.repo, "commit", "-q", "-m", "record it");
  return oid;
}

async function calls<T>(work: (ctx: World["ctx"]) => Promise<T>) {
  const seen = { ssh: 0, pushes: 0 };
  const run: World["ctx"]["run"] = (argv, options) => {
    if (argv[0] === "ssh") seen.ssh += 1;
    if (argv.includes("push")) seen.pushes += 1;
    return world.ctx.run(argv, options);
  };
  await work({ ...world.ctx, run });
  return seen;
}

describe("a new workspace", () => {
  test("has its submodules as git itself would have made them, those inside of them too", async () => {
    const recorded = head(onHost());
    const later = commit(onHost(), { "later.txt": "1\n" });
    await push();
    expect(head(sub())).toBe(recorded);
    expect(() => git(sub(), "cat-file", "-e", later)).toThrow();
    expect(head(join(sub(), "deep"))).toBe(head(deep));
    expect(read(sub(), "README.md")).toBe("hello\n");
    expect(read(sub(), "deep/README.md")).toBe("hello\n");
    for (const place of [inGuest(), sub(), join(sub(), "deep")]) clean(place);
    expect(git(inGuest(), "submodule", "status", "--recursive").split("\n")).toEqual([
      expect.stringMatching(/^ [0-9a-f]{40} libs\/a lib/),
      expect.stringMatching(/^ [0-9a-f]{40} libs\/a lib\/deep/),
    ]);
    expect(git(sub(), "rev-parse", "--absolute-git-dir")).toBe(inGuest(".git/modules", PATH));
    expect(git(join(sub(), "deep"), "rev-parse", "--absolute-git-dir")).toBe(
      inGuest(".git/modules", PATH, "modules/deep"),
    );
    expect(git(sub(), "rev-parse", "--abbrev-ref", "HEAD")).toBe("HEAD");
    expect(git(sub(), "remote", "get-url", "origin")).toBe("https://example.org/team/lib.git");
    expect(git(join(sub(), "deep"), "remote")).toBe("");
    expect(git(sub(), "config", "receive.denyCurrentBranch")).toBe("updateInstead");
    // git's own commands find nothing to do.
    git(inGuest(), "submodule", "--quiet", "update", "--recursive");
    git(inGuest(), "fsck", "--strict");
    git(sub(), "fsck", "--strict");
    expect(said()).toContain(`${PATH} (new), ${PATH}/deep (new)`);
    expect(readdirSync(inGuest(".git")).filter((name) => name.startsWith("agent-vm.sub"))).toEqual([]);
  });

  test("is made also of a branch that declares a path which git could take for a pattern", async () => {
    const declared = `${read(world.repo, ".gitmodules")}[submodule "x"]\n\tpath = :(glob)x\n\turl = ../x\n`;
    commit(world.repo, { ".gitmodules": declared }, "an odd path");
    await push();
    expect(head(sub())).toBe(head(onHost()));
  });

  test("takes them from a clone that is not checked out any more, and from one that was never absorbed", async () => {
    git(world.repo, "submodule", "--quiet", "deinit", "-f", "--all");
    const own = createRepository(join(world.repo, "own"));
    commit(own, { "own.txt": "1\n" });
    git(world.repo, "add", "own");
    git(world.repo, "config", "-f", ".gitmodules", "submodule.own.path", "own");
    commit(world.repo, { ".gitmodules": read(world.repo, ".gitmodules") });
    await push();
    expect(head(sub())).toBe(git(world.repo, "rev-parse", `HEAD:${PATH}`));
    expect(read(sub(), "deep/README.md")).toBe("hello\n");
    expect(read(inGuest("own"), "own.txt")).toBe("1\n");
    clean(inGuest());
  });

  test("from a linked worktree, which has clones of its own", async () => {
    const other = join(world.hostHome, "other");
    git(world.repo, "worktree", "add", "-q", "-b", "second", other);
    git(other, "-c", "protocol.file.allow=always", "config", `submodule.${PATH}.url`, lib);
    git(other, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init");
    rmSync(join(world.repo, ".git/modules"), { recursive: true });
    rmSync(onHost(), { recursive: true });
    await pushToWorkspace({ ...world.ctx, cwd: other }, "second");
    expect(read(world.at("shop-second"), `${PATH}/README.md`)).toBe("hello\n");
    expect(said()).toContain(`${PATH}/deep does not travel`);
  });

  test("of a shallow clone of the submodule, and of a partial one, which is made whole", async () => {
    commit(lib, { "more.txt": "1\n" });
    addShallow();
    for (const key of ["allowFilter", "allowAnySHA1InWant"]) git(lib, "config", `uploadpack.${key}`, "true");
    git(world.repo, "clone", "-q", "--no-checkout", "--filter=blob:none", `file://${lib}`, "partial");
    git(world.repo, "update-index", "--add", "--cacheinfo", `160000,${head(lib)},partial`);
    git(world.repo, "config", "-f", ".gitmodules", "submodule.partial.path", "partial");
    commit(world.repo, { ".gitmodules": read(world.repo, ".gitmodules") });
    await push();
    expect(read(inGuest("short"), "more.txt")).toBe("1\n");
    expect(read(inGuest("partial"), "more.txt")).toBe("1\n");
    clean(inGuest());
    for (const key of ["allowFilter", "allowAnySHA1InWant"])
      git(lib, "config", "--unset", `uploadpack.${key}`);
    git(lib, "reset", "-q", "--hard", "HEAD~1");
  });
  function addShallow() {
    const from = `file://${lib}`;
    git(
      world.repo,
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "--quiet",
      "add",
      "--depth=1",
      from,
      "short",
    );
    git(world.repo, "commit", "-q", "-m", "short");
  }

  test("names what the host has not got and what to type, and the rest goes on", async () => {
    addSubmodule(world.repo, deep, "gone");
    git(world.repo, "submodule", "--quiet", "deinit", "-f", "gone");
    rmSync(join(world.repo, ".git/modules/gone"), { recursive: true });
    await push();
    expect(said()).toContain(
      "The submodule gone does not travel: you have not cloned it. Do that: git submodule update --init -- gone && agent-vm push work",
    );
    expect(read(sub(), "README.md")).toBe("hello\n");
    expect(readdirSync(inGuest("gone"))).toEqual([]);
    const target = await world.ctx.target();
    const status = async () => (await describeWorkspaces(world.ctx, target))[0]?.unpopulated;
    expect(await status()).toEqual(["gone"]);
    git(world.repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "gone");
    expect(await push()).toContain("already");
    expect(read(inGuest("gone"), "README.md")).toBe("hello\n");
    expect(await status()).toBeUndefined();
    clean(inGuest());
  });

  test("names a clone without the recorded commit", async () => {
    const nowhere = "1".repeat(40);
    git(world.repo, "update-index", "--cacheinfo", `160000,${nowhere},${PATH}`);
    git(world.repo, "commit", "-q", "-m", "a commit that nobody has");
    await push();
    expect(said()).toContain(
      `The submodule ${PATH} does not travel: your clone of it lacks the commit 1111111111. Get it: git -C '${PATH}' fetch && agent-vm push work`,
    );
    expect(readdirSync(sub())).toEqual([]);
  });
});

describe("push", () => {
  test("moves a clean submodule with the commit that records it", async () => {
    await push();
    const oid = moveOnHost({ "new.txt": "1\n" });
    const seen = await calls((ctx) => pushToWorkspace(ctx, "work"));
    expect(head(sub())).toBe(oid);
    expect(read(sub(), "new.txt")).toBe("1\n");
    expect(git(sub(), "rev-parse", "refs/remotes/host/work")).toBe(oid);
    clean(inGuest());
    // The look, the submodules', the facts, the end; one push each for the submodule and the branch.
    expect(seen).toEqual({ ssh: 4, pushes: 2 });
    expect(await calls((ctx) => pushToWorkspace(ctx, "work"))).toEqual({ ssh: 2, pushes: 0 });
    await pushToWorkspace(world.ctx, "main");
    expect(await calls((ctx) => pushToWorkspace(ctx, "main"))).toEqual({ ssh: 1, pushes: 0 });
  });

  test("makes one anew whose directory the agent deleted, at the commit that is recorded now", async () => {
    await push();
    const before = head(sub());
    rmSync(sub(), { recursive: true });
    const oid = moveOnHost({ "new.txt": "1\n" });
    await push();
    expect([head(sub()), read(sub(), "new.txt")]).toEqual([oid, "1\n"]);
    git(sub(), "merge-base", "--is-ancestor", before, "HEAD");
    clean(inGuest());
  });

  test("moves one inside of a submodule, too", async () => {
    await push();
    const inner = commit(join(onHost(), "deep"), { "inner.txt": "1\n" });
    git(onHost(), "add", "deep");
    git(onHost(), "commit", "-q", "-m", "deep");
    moveOnHost({ "new.txt": "1\n" });
    await push();
    expect(head(join(sub(), "deep"))).toBe(inner);
    clean(inGuest());
  });

  test("moves it back as well with a name for what it had, makes a new one, and lets one lie that is gone", async () => {
    await push();
    const first = head(sub());
    const second = moveOnHost({ "new.txt": "1\n" });
    await push();
    git(onHost(), "checkout", "-q", first);
    moveOnHost({ "other.txt": "1\n" });
    await push();
    expect(existsSync(join(sub(), "new.txt"))).toBe(false);
    expect(git(sub(), "rev-parse", `refs/agent-vm/kept/${second}`)).toBe(second);
    addSubmodule(world.repo, deep, "more");
    git(world.repo, "rm", "-q", "--cached", PATH);
    git(world.repo, "commit", "-q", "-m", "another in its place");
    await push();
    expect(read(inGuest("more"), "README.md")).toBe("hello\n");
    expect(read(sub(), "README.md")).toBe("hello\n");
  });

  test("that would move a submodule with work in it is refused by name, and nothing moves", async () => {
    await push();
    const first = head(sub());
    commit(join(onHost(), "deep"), { "inner.txt": "1\n" });
    git(onHost(), "add", "deep");
    write(onHost(), ".env", "of the host\n");
    git(onHost(), "add", "-f", ".env");
    moveOnHost({ "new.txt": "1\n" });
    const cases: [make: () => void, says: RegExp][] = [
      [() => write(sub(), "README.md", "edit\n"), /libs\/a lib: has edits/],
      [() => void commit(sub(), { "own.txt": "1\n" }), /libs\/a lib: has commits of its own/],
      [() => write(sub(), "deep/README.md", "edit\n"), /libs\/a lib\/deep: has edits/],
      [() => write(sub(), ".env", "mine\n"), /libs\/a lib\/\.env/],
      [() => write(inGuest(".git/modules", PATH), "MERGE_HEAD", first), /in the middle of something/],
    ];
    for (const [make, says] of cases) {
      make();
      const state = () => [
        head(inGuest()),
        head(sub()),
        git(sub(), "status", "--porcelain", "--ignored"),
        git(join(sub(), "deep"), "status", "--porcelain"),
      ];
      const before = state();
      const error = await refused(push());
      expect(error.exit).toBe(EXIT.refused);
      expect([error.message, ...error.details].join("\n")).toMatch(says);
      expect(state()).toEqual(before);
      git(sub(), "reset", "-q", "--hard", first);
      git(sub(), "clean", "-qxfd");
      git(join(sub(), "deep"), "checkout", "-q", ".");
    }
    await push();
    expect(head(sub())).toBe(head(onHost()));
  });

  test("that moves no submodule leaves the work in one alone", async () => {
    await push();
    const inner = commit(join(sub(), "deep"), { "inner.txt": "1\n" });
    git(sub(), "add", "deep");
    const own = commit(sub(), { "own.txt": "1\n" });
    write(sub(), "README.md", "edit\n");
    const tip = commit(world.repo, { "w.txt": "1\n" });
    await push();
    expect(head(inGuest())).toBe(tip);
    expect(head(sub())).toBe(own);
    expect(head(join(sub(), "deep"))).toBe(inner);
    expect(read(sub(), "README.md")).toBe("edit\n");
  });

  test("goes on where the host took the workspace's commits of a submodule", async () => {
    await push();
    commit(sub(), { "own.txt": "1\n" });
    git(onHost(), "fetch", "-q", sub(), "HEAD");
    git(onHost(), "merge", "-q", "FETCH_HEAD");
    const oid = moveOnHost({ "more.txt": "1\n" });
    await push();
    expect(head(sub())).toBe(oid);
    expect(read(sub(), "own.txt")).toBe("1\n");
  });

  test("takes a submodule's files to its new path, with the ignored ones, and to its commit", async () => {
    addSubmodule(world.repo, deep, "plain");
    await push();
    write(inGuest("plain"), ".env", "mine\n");
    const mv = (from: string, to: string) => {
      mkdirSync(join(world.repo, to, ".."), { recursive: true });
      git(world.repo, "mv", from, to);
      git(world.repo, "commit", "-q", "-m", `${from} to ${to}`);
    };
    mv("plain", "down/below/plain");
    await push();
    const moved = inGuest("down/below/plain");
    expect(existsSync(inGuest("plain"))).toBe(false);
    expect([read(moved, "README.md"), read(moved, ".env")]).toEqual(["hello\n", "mine\n"]);
    for (const place of [moved, inGuest()]) expect(git(place, "status", "--porcelain")).toBe("");
    expect(said()).toContain("down/below/plain (at its new path)");
    // Moved again, and at another commit.
    mv("down/below/plain", "flat");
    const oid = commit(join(world.repo, "flat"), { "new.txt": "1\n" });
    git(world.repo, "commit", "-qam", "record");
    await push();
    expect(head(inGuest("flat"))).toBe(oid);
    expect(read(inGuest("flat"), ".env")).toBe("mine\n");
    // Where the agent moved it on purpose it stays.
    git(inGuest(), "mv", "flat", "own");
    await push();
    expect(read(inGuest("own"), ".env")).toBe("mine\n");
    expect(said()).toContain(
      "flat of the workspace was left as it is: the workspace has its files at another",
    );
  });

  test("leaves a submodule that has others inside of it at its old path, and tells it", async () => {
    await push();
    git(world.repo, "mv", PATH, "other");
    git(world.repo, "commit", "-q", "-m", "moved");
    await push();
    expect(read(sub(), "deep/README.md")).toBe("hello\n");
    expect(said()).toContain("other of the workspace was left as it is: the workspace has its files at");
  });

  test("--aside, or with another branch in the workspace, brings the commits and checks nothing out", async () => {
    await push();
    const before = head(sub());
    write(sub(), "README.md", "edit\n");
    const oid = moveOnHost({ "new.txt": "1\n" });
    await push("aside");
    expect(head(sub())).toBe(before);
    expect(git(sub(), "rev-parse", "host/work")).toBe(oid);
    expect(read(sub(), "README.md")).toBe("edit\n");
    git(inGuest(), "checkout", "-q", "-b", "else");
    const next = moveOnHost({ "next.txt": "1\n" });
    await push();
    expect(head(sub())).toBe(before);
    expect(git(sub(), "rev-parse", "host/work")).toBe(next);
  });

  test("--reset moves submodules with the branch, and keeps a name for their commits", async () => {
    await push();
    const own = commit(sub(), { "own.txt": "1\n" });
    git(inGuest(), "commit", "-qam", "record");
    const oid = moveOnHost({ "new.txt": "1\n" });
    await push("reset");
    expect(head(sub())).toBe(oid);
    expect(git(sub(), "rev-parse", `refs/agent-vm/kept/${own}`)).toBe(own);
    clean(inGuest());
  });

  test("fills what was interrupted between the branch and its submodules, and so does connect", async () => {
    await push();
    for (const again of [push, () => prepareWorkspace(world.ctx, "work")]) {
      rmSync(sub(), { recursive: true });
      mkdirSync(sub());
      for (const left of [".git/modules", ".git/agent-vm.filled"]) rmSync(inGuest(left), { recursive: true });
      await again();
      expect(read(sub(), "deep/README.md")).toBe("hello\n");
      clean(inGuest());
      expect(await calls((ctx) => prepareWorkspace(ctx, "work"))).toEqual({ ssh: 1, pushes: 0 });
    }
    // Where nothing is left to do that is found out once.
    rmSync(inGuest(".git/agent-vm.filled"));
    await push();
    expect(await calls((ctx) => prepareWorkspace(ctx, "work"))).toEqual({ ssh: 1, pushes: 0 });
  });

  test("leaves what lies in a submodule's place, and tells it", async () => {
    await push();
    // With another one inside, which could be made there.
    addSubmodule(world.repo, lib, "more");
    const more = join(world.repo, "more");
    git(more, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init");
    write(inGuest(), "more/mine.txt", "1\n");
    const there = createRepository(inGuest("again"));
    addSubmodule(world.repo, deep, "again");
    addSubmodule(world.repo, deep, "way/sub");
    symlinkSync(world.guestHome, inGuest(".git/modules/way"));
    addSubmodule(world.repo, deep, "its/refs");
    git(inGuest(), "init", "-q", "--bare", ".git/modules/its");
    await push();
    expect(readdirSync(inGuest("more"))).toEqual(["mine.txt"]);
    expect(read(there, "README.md")).toBe("hello\n");
    expect(said()).toContain("more of the workspace was left as it is: files are in its place");
    expect(said()).toContain("again of the workspace was left as it is: another repository");
    expect(said()).toContain("way/sub of the workspace was left as it is: a link is in its way");
    expect(said()).toContain(
      "its/refs of the workspace was left as it is: another submodule's git directory",
    );
    // Nor do commits come for them.
    for (const name of ["more", "again", "way/sub", "its/refs/HEAD"])
      expect(existsSync(inGuest(".git/modules", name)), name).toBe(false);
  });
});

describe("the scan for secrets", () => {
  const KEY = `AKIA${"QWERTYUIOPASDFGH"}`;

  test("sees what a submodule sends, before anything is sent", async () => {
    commit(onHost(), { "key.txt": `aws_access_key_id = ${KEY}\n` });
    git(world.repo, "commit", "-qam", "record");
    const error = await refused(push());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toContain(`in its submodule ${PATH}`);
    expect(existsSync(inGuest())).toBe(false);
    const shown = await scanBranch(world.ctx, "work", false);
    expect(shown.outgoing.findings.map((one) => one.path)).toEqual([`${PATH}/key.txt`]);
    git(onHost(), "reset", "-q", "--hard", "HEAD~1");
    git(world.repo, "reset", "-q", "--hard", "HEAD~1");
    await push();
    moveOnHost({ "key.txt": `aws_access_key_id = ${KEY}\n` });
    const tip = head(inGuest());
    expect((await refused(push())).message).toContain(`in its submodule ${PATH}`);
    expect(head(inGuest())).toBe(tip);
    const objects = git(sub(), "cat-file", "--batch-all-objects", "--batch-check=%(objectname)");
    expect(objects).not.toContain(head(onHost()));
  });
});

test("connect makes them, too, and set-up finds them", async () => {
  const place = await prepareWorkspace(world.ctx, "work");
  expect(place.created).toBe(true);
  expect(readFileSync(join(sub(), "deep/README.md"), "utf8")).toBe("hello\n");
});
