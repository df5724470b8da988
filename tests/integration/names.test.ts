// Names over real git and a real sshd: hostile ones go there and back, and what a guest says of itself is not believed.
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { describeWorkspaces } from "../../src/domain/workspace/describe.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { listWorkspaces } from "../../src/domain/workspace/registry.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createRepository, createWorld, git, refused, type World, write } from "./guest.ts";

let world: World;
const inRepo = (cwd: string) => ({ ...world.ctx, cwd });
const tip = (directory: string, ref: string) => git(directory, "rev-parse", ref);
const branches = (directory: string) =>
  git(directory, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags");
const status = async (cwd = world.repo) => describeWorkspaces(inRepo(cwd), await world.ctx.target());
const statusOf = async (dir: string, cwd?: string) => (await status(cwd)).find((one) => one.dir === dir);

/** Repositories and branches; TRACE becomes the path of a file that must never come to be. */
const HOSTILE: [repo: string, branch: string][] = [
  ["proj", "a-b"],
  ["proj-a", "b"],
  ["Proj", "A-B"],
  ["proj", "a/b"],
  ["shop", "$(touch${IFS}TRACE)"],
  ["shop", "`touch${IFS}TRACE`"],
  ["shop", "x;touch${IFS}TRACE;#"],
  ["shop", "x|touch${IFS}TRACE"],
  ["shop", "x&touch${IFS}TRACE&"],
  ["shop", "x'$(touch${IFS}TRACE)'"],
  ["shop", 'x"$(touch${IFS}TRACE)"'],
  ["shop", "'\"`$"],
  ["shop", "%2e%2e/%00"],
  ["shop", "@"],
  ["shop", "con"],
  ["shop", "FETCH_HEAD"],
  ["shop", "refs/heads/main"],
  ["shop", "caf\u00e9"],
  ["shop", "cafe\u0301"],
  ["shop", "\u202eevil\u200b"],
  ["shop", `🦊/${"l".repeat(200)}`],
  ["shop", "x.git"],
  ["x-y", "z.0123456789ab"],
  [".hidden", "work"],
  ["-x $(touch TRACE) 'q\"", "+x"],
  ["项目 🦊", "分支/功能"],
  ["..x\n\u001b[31m", "work"],
];

describe("hostile names, all of them in one VM", () => {
  interface Made {
    repo: string;
    branch: string;
    dir: string;
  }
  const made: Made[] = [];
  let trace: string;
  beforeAll(async () => {
    world = await createWorld();
    trace = join(dirname(world.hostHome), "fired");
    for (const [name, branch] of HOSTILE) {
      // In a name of a directory there is no slash.
      const repo = join(world.hostHome, name.replace("TRACE", "fired"));
      if (!existsSync(repo)) createRepository(repo);
      made.push({ repo, branch: branch.replace("TRACE", trace), dir: "" });
    }
    for (const one of made) one.dir = (await prepareWorkspace(inRepo(one.repo), one.branch)).dir;
  }, 180_000);
  afterAll(() => world.remove());

  const nothingRan = () => {
    expect(existsSync(trace)).toBe(false);
    const places = [
      world.hostHome,
      world.guestHome,
      join(world.guestHome, "workspace"),
      process.cwd(),
      "/tmp",
    ];
    const inside = made.flatMap(({ repo, dir }) => [repo, world.at(dir)]);
    for (const place of [...places, ...inside]) expect(existsSync(join(place, "fired"))).toBe(false);
  };

  test("have a directory each, and the guest has just these", () => {
    const dirs = made.map((one) => one.dir);
    expect(new Set(dirs.map((dir) => dir.toLowerCase())).size).toBe(HOSTILE.length);
    for (const dir of dirs) expect(dir).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,118}$/);
    expect(readdirSync(join(world.guestHome, "workspace")).sort()).toEqual([...dirs].sort());
    nothingRan();
  });

  test("go there and back, and each change arrives at its own branch and at no other", async () => {
    for (const [index, { repo, branch, dir }] of made.entries()) {
      const ref = `refs/heads/${branch}`;
      expect(git(world.at(dir), "symbolic-ref", "HEAD")).toBe(ref);
      const others = (text: string) => text.split("\n").filter((line) => !line.startsWith(`${ref} `));
      const before = others(branches(repo));
      const inside = commit(world.at(dir), { [`from-${index}.txt`]: `${index}` });
      await fetchBranch(inRepo(repo), branch);
      expect(git(repo, "for-each-ref", "--format=%(objectname)", ref)).toBe(inside);
      expect(
        git(repo, "for-each-ref", "--format=%(objectname)", `refs/agent-vm/${dir}/heads/${branch}`),
      ).toBe(inside);
      expect(others(branches(repo))).toEqual(before);
      const tree = git(repo, "rev-parse", `${inside}^{tree}`);
      const outside = git(repo, "commit-tree", "-p", inside, "-m", "from the host", tree);
      git(repo, "update-ref", ref, outside, inside);
      await pushToWorkspace(inRepo(repo), branch);
      expect(tip(world.at(dir), "HEAD")).toBe(outside);
      expect(git(world.at(dir), "status", "--porcelain")).toBe("");
    }
    nothingRan();
  }, 240_000);

  test("are listed under their own names, in step", async () => {
    const seen = await status();
    for (const { repo, branch, dir } of made) {
      const found = seen.find((one) => one.dir === dir);
      expect(found).toMatchObject({ branch, state: "present", verdict: { kind: "equal" } });
      expect(repo.endsWith(found?.repo ?? "?")).toBe(true);
    }
    expect(seen).toHaveLength(made.length);
  });

  test("are cleaned one by one, and the others stay", async () => {
    const left = new Set(made.map((one) => one.dir));
    for (const { repo, branch, dir } of made) {
      await cleanBranch(inRepo(repo), branch, false);
      left.delete(dir);
      expect(readdirSync(join(world.guestHome, "workspace")).sort()).toEqual([...left].sort());
    }
    expect(await listWorkspaces(world.ctx)).toEqual([]);
    nothingRan();
  }, 240_000);
});

describe("a guest that lies", () => {
  let other: string;
  beforeEach(async () => {
    world = await createWorld();
    other = createRepository(join(world.hostHome, "other"));
    // Made within one second they would have one first commit.
    git(other, "commit", "-q", "--amend", "-m", "another first");
    await prepareWorkspace(world.ctx, "a");
    await prepareWorkspace(world.ctx, "b");
    await prepareWorkspace(inRepo(other), "a");
  });
  afterEach(() => world.remove());
  const move = (from: string, to: string) => renameSync(world.at(from), world.at(to));
  const swap = (one: string, two: string) => {
    move(one, "swapping");
    move(two, one);
    move("swapping", two);
  };
  /** Nothing on the host but what lies below refs/agent-vm may change by this. */
  const unmoved = async (work: () => Promise<unknown>) => {
    const before = [branches(world.repo), branches(other), await listWorkspaces(world.ctx)];
    const result = await work();
    expect([branches(world.repo), branches(other), await listWorkspaces(world.ctx)]).toEqual(before);
    return result;
  };

  test("about whose workspace it is gets no push, and its commits go nowhere", async () => {
    const mine = git(world.at("shop-a"), "config", "agent-vm.repository");
    git(world.at("other-a"), "config", "agent-vm.repository", mine);
    git(world.at("shop-a"), "config", "agent-vm.repository", "f".repeat(32));
    for (const cwd of [world.repo, other]) {
      const error = await unmoved(() => refused(pushToWorkspace(inRepo(cwd), "a")));
      expect(error).toMatchObject({ exit: EXIT.refused });
    }
    const inside = commit(world.at("shop-a"), { "a.txt": "1" });
    for (const cwd of [world.repo, other]) {
      const error = await unmoved(() => refused(fetchBranch(inRepo(cwd), "a")));
      expect(error).toMatchObject({ exit: EXIT.refused });
    }
    git(world.at("shop-a"), "config", "agent-vm.repository", mine);
    await fetchBranch(world.ctx, "a");
    expect(tip(world.repo, "a")).toBe(inside);
    expect(git(other, "for-each-ref", "refs/agent-vm", "--format=%(objectname)")).not.toContain(inside);
    const seen = await status();
    expect(seen.map((one) => [one.dir, one.repo, one.branch])).toEqual([
      ["shop-a", "shop", "a"],
      ["shop-b", "shop", "b"],
      ["other-a", "other", "a"],
    ]);
  });

  test("by another directory name is missing under its own, and the new name is nobody's", async () => {
    const inside = commit(world.at("shop-a"), { "a.txt": "1" });
    move("shop-a", "shop-c");
    expect(await statusOf("shop-a")).toMatchObject({ state: "missing", branch: "a" });
    expect(await statusOf("shop-c")).toMatchObject({ state: "orphan", repo: undefined, branch: undefined });
    await unmoved(() => refused(fetchBranch(world.ctx, "a")));
    await unmoved(() => refused(fetchBranch(world.ctx, "c")));
    await pushToWorkspace(world.ctx, "a");
    expect(tip(world.at("shop-c"), "HEAD")).toBe(inside);
    expect(tip(world.at("shop-a"), "HEAD")).toBe(tip(world.repo, "a"));
  });

  test("with directories that look like workspaces has nobody's, whatever their names", async () => {
    const trace = join(world.guestHome, "fired");
    const id = git(world.at("shop-a"), "config", "agent-vm.repository");
    const names = [
      "shop-c",
      "$(touch fired)",
      "-rf",
      "a;b",
      "new\nline",
      "..x",
      "x.git",
      "\u001b[31mred",
      "é",
    ];
    for (const name of names) {
      git(world.guestHome, "clone", "-q", world.at("shop-a"), world.at(name));
      git(world.at(name), "config", "agent-vm.repository", id);
      git(world.at(name), "checkout", "-q", "-b", "c");
      commit(world.at(name), { "evil.txt": name });
    }
    const orphans = (await status()).filter((one) => one.state === "orphan");
    expect(orphans.map((one) => one.dir).sort()).toEqual([...names].sort());
    for (const one of orphans) expect(one).toMatchObject({ repo: undefined, branch: undefined });
    await unmoved(() => refused(fetchBranch(world.ctx, "c")));
    await unmoved(() => refused(cleanBranch(world.ctx, "c", true)));
    for (const name of names) expect(existsSync(world.at(name, "evil.txt"))).toBe(true);
    expect(existsSync(trace) || existsSync(world.at("fired"))).toBe(false);
  });

  test("that swaps two workspaces of one repository moves no branch of the host", async () => {
    commit(world.at("shop-a"), { "a.txt": "1" });
    const inB = commit(world.at("shop-b"), { "b.txt": "1" });
    swap("shop-a", "shop-b");
    await unmoved(() => refused(fetchBranch(world.ctx, "a")));
    await unmoved(() => refused(fetchBranch(world.ctx, "b")));
    swap("shop-a", "shop-b");
    await fetchBranch(world.ctx, "b");
    expect(tip(world.repo, "b")).toBe(inB);
  });

  test("that swaps workspaces of two repositories moves no branch of the host and gets no push", async () => {
    const inOther = commit(world.at("other-a"), { "o.txt": "1" });
    swap("shop-a", "other-a");
    const error = await unmoved(() => refused(fetchBranch(world.ctx, "a")));
    expect(error).toMatchObject({ exit: EXIT.refused });
    await unmoved(() => refused(fetchBranch(inRepo(other), "a")));
    await unmoved(() => refused(pushToWorkspace(world.ctx, "a")));
    swap("shop-a", "other-a");
    await fetchBranch(inRepo(other), "a");
    expect(tip(other, "a")).toBe(inOther);
  });

  test("with a link in a workspace's place gets nothing written through it", async () => {
    const before = tip(world.at("other-a"), "HEAD");
    rmSync(world.at("shop-a"), { recursive: true });
    symlinkSync("other-a", world.at("shop-a"));
    expect(await statusOf("shop-a")).toMatchObject({ state: "foreign" });
    await unmoved(() => refused(fetchBranch(world.ctx, "a")));
    await unmoved(() => refused(pushToWorkspace(world.ctx, "a")));
    await cleanBranch(world.ctx, "a", true);
    expect(tip(world.at("other-a"), "HEAD")).toBe(before);
    expect(existsSync(world.at("shop-a"))).toBe(false);
  });
});

describe("host repositories that move about", () => {
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.remove());

  test("a moved and renamed one keeps its workspaces: status, fetch and push", async () => {
    const { dir } = await prepareWorkspace(world.ctx, "work");
    const moved = join(world.hostHome, "far away", "store");
    mkdirSync(dirname(moved));
    renameSync(world.repo, moved);
    // Not even status has been called from the new place.
    expect(await statusOf(dir, world.hostHome)).toMatchObject({ state: "present", verdict: undefined });
    const inside = commit(world.at(dir), { "a.txt": "1" });
    expect(await statusOf(dir, moved)).toMatchObject({ verdict: { kind: "workspace ahead", workspace: 1 } });
    await fetchBranch(inRepo(moved), "work");
    expect(tip(moved, "work")).toBe(inside);
    expect(await statusOf(dir, world.hostHome)).toMatchObject({ verdict: { kind: "equal" } });
    git(moved, "checkout", "-q", "work");
    const outside = commit(moved, { "b.txt": "2" });
    await pushToWorkspace(inRepo(moved), "work");
    expect(tip(world.at(dir), "HEAD")).toBe(outside);
    expect(await listWorkspaces(world.ctx)).toHaveLength(1);
  });

  test("two clones of one upstream share nothing", async () => {
    const twins = ["one", "two"].map((place) => join(world.hostHome, place, "app"));
    for (const twin of twins) {
      mkdirSync(dirname(twin));
      git(world.hostHome, "clone", "-q", world.repo, twin);
    }
    const dirs: string[] = [];
    for (const twin of twins) dirs.push((await prepareWorkspace(inRepo(twin), "work")).dir);
    expect(dirs).toEqual(["app-work", expect.stringMatching(/^app-work\.[0-9a-f]{12}$/)]);
    const tips = dirs.map((dir) => commit(world.at(dir), { "a.txt": dir }));
    for (const twin of twins) await fetchBranch(inRepo(twin), "work");
    expect(twins.map((twin) => tip(twin, "work"))).toEqual(tips);
    expect((await refused(fetchBranch(world.ctx, "work"))).message).toContain("no workspace");
  });

  test("a copy has workspaces of its own, and the original's are not touched by it", async () => {
    const { dir } = await prepareWorkspace(world.ctx, "work");
    const inside = commit(world.at(dir), { "a.txt": "1" });
    const copy = join(world.hostHome, "copies", "shop");
    cpSync(world.repo, copy, { recursive: true });
    expect((await refused(fetchBranch(inRepo(copy), "work"))).message).toContain("no workspace");
    const copied = await prepareWorkspace(inRepo(copy), "work");
    expect(copied.dir).toMatch(/^shop-work\.[0-9a-f]{12}$/);
    await cleanBranch(inRepo(copy), "work", true);
    await fetchBranch(world.ctx, "work");
    expect(tip(world.repo, "work")).toBe(inside);
    expect(tip(copy, "work")).not.toBe(inside);
  });

  test("a clone made anew in the same place does not get the old one's workspaces, and they are shown", async () => {
    const upstream = join(world.hostHome, "upstream");
    git(world.hostHome, "clone", "-q", "--bare", world.repo, upstream);
    const { dir } = await prepareWorkspace(world.ctx, "work");
    const inside = commit(world.at(dir), { "a.txt": "1" });
    rmSync(world.repo, { recursive: true });
    git(world.hostHome, "clone", "-q", upstream, world.repo);
    git(world.repo, "branch", "work");
    expect((await refused(fetchBranch(world.ctx, "work"))).message).toContain("no workspace");
    const anew = await prepareWorkspace(world.ctx, "work");
    expect(anew.dir).not.toBe(dir);
    expect(await statusOf(dir)).toMatchObject({ branch: "work", state: "present", verdict: undefined });
    expect(await statusOf(anew.dir)).toMatchObject({ verdict: { kind: "equal" } });
    expect(tip(world.at(dir), "HEAD")).toBe(inside);
    write(world.repo, "b.txt", "2");
    git(world.repo, "checkout", "-q", "work");
    commit(world.repo, { "b.txt": "2" });
    await pushToWorkspace(world.ctx, "work");
    expect(tip(world.at(dir), "HEAD")).toBe(inside);
  });
});
