// Repositories whose history is not whole, or not what git shows: shallow, replaced and grafted, SHA-256.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commit, createRepository, createWorld, git, read, type World, write } from "./guest.ts";
import { type } from "./unusual.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

const said = () => world.said.join("\n");
const tip = (directory: string, ref = "HEAD") => git(directory, "rev-parse", ref);
const sound = (directory: string) => git(directory, "fsck", "--full");

describe("a shallow clone", () => {
  let shallow: string;
  const inside = () => world.at("shallow-work");
  beforeEach(() => {
    for (const n of ["1", "2", "3"]) commit(world.repo, { "b.txt": n });
    shallow = join(world.hostHome, "shallow");
    git(world.hostHome, "clone", "-q", "--depth=2", `file://${world.repo}`, shallow);
    git(shallow, "checkout", "-q", "-b", "work");
    commit(shallow, { "work.txt": "w" });
  });

  test("goes with its short history, and work comes home to it, is saved and restored", async () => {
    await type(world, shallow, "push work");
    expect(git(inside(), "rev-list", "--count", "HEAD")).toBe("3");
    sound(inside());
    expect(said()).toContain("shallow");
    const made = commit(inside(), { "a.txt": "1\n" });
    await type(world, shallow, "fetch work");
    expect([tip(shallow), read(shallow, "a.txt")]).toEqual([made, "1\n"]);
    commit(shallow, { "mine.txt": "1\n" });
    await type(world, shallow, "push work");
    const kept = commit(inside(), { "c.txt": "1\n" });
    write(inside(), "dirty.txt", "d\n");
    await type(world, shallow, "clean work");
    await type(world, shallow, "restore work");
    expect([tip(inside()), read(inside(), "dirty.txt")]).toEqual([kept, "d\n"]);
    sound(inside());
    sound(shallow);
    await type(world, shallow, "fetch work");
    expect(tip(shallow)).toBe(kept);
  });

  test("that is made whole later goes on with its workspaces, and new ones are whole", async () => {
    await type(world, shallow, "push work");
    git(shallow, "fetch", "-q", "--unshallow");
    commit(shallow, { "mine.txt": "1\n" });
    await type(world, shallow, "push work");
    const made = commit(inside(), { "a.txt": "1\n" });
    await type(world, shallow, "fetch work");
    expect(tip(shallow)).toBe(made);
    await type(world, shallow, "push next");
    expect(git(world.at("shallow-next"), "rev-list", "--count", "HEAD")).toBe("7");
    expect(git(shallow, "rev-parse", "--is-shallow-repository")).toBe("false");
    sound(world.at("shallow-next"));
  });

  test("an end of its history that came later goes along with all references that need it", async () => {
    await type(world, shallow, "push work");
    for (const n of ["4", "5"]) commit(world.repo, { "b.txt": n });
    git(shallow, "fetch", "-q", "--depth=1", "origin", "+main:main");
    git(shallow, "merge", "-q", "--allow-unrelated-histories", "-X", "theirs", "-m", "both", "main");
    await type(world, shallow, "push work");
    expect(tip(inside())).toBe(tip(shallow));
    expect(tip(inside(), "refs/remotes/host/main")).toBe(tip(shallow, "main"));
    sound(inside());
  });

  test("a second workspace of it is whole in itself", async () => {
    await type(world, shallow, "push work");
    await type(world, shallow, "push next");
    sound(world.at("shallow-next"));
    expect(git(world.at("shallow-next"), "status", "--porcelain")).toBe("");
  });

  test("a workspace that got more of the history brings its work home all the same", async () => {
    await type(world, shallow, "push work");
    git(inside(), "fetch", "-q", "--unshallow", `file://${world.repo}`);
    const made = commit(inside(), { "a.txt": "1\n" });
    await type(world, shallow, "fetch work");
    expect(tip(shallow)).toBe(made);
    sound(shallow);
  });
});

describe("history that git shows otherwise than it is", () => {
  /** `main` has three commits; the second is shown as a root, with another file. */
  const replace = () => {
    const root = commit(world.repo, { "b.txt": "2\n" });
    commit(world.repo, { "c.txt": "3\n" });
    const tree = git(world.repo, "rev-parse", "HEAD^{tree}");
    const other = git(world.repo, "commit-tree", tree, "-m", "shown");
    git(world.repo, "replace", root, other);
  };

  test("replacements stay on the host, which is said; the workspace has what the commits name", async () => {
    replace();
    await type(world, world.repo, "push work");
    const inside = world.at("shop-work");
    expect(git(inside, "rev-list", "--count", "HEAD")).toBe("3");
    expect(git(inside, "for-each-ref", "refs/replace")).toBe("");
    sound(inside);
    expect(said()).toMatch(/replace/);
    const made = commit(inside, { "a.txt": "1\n" });
    await type(world, world.repo, "fetch work");
    expect(tip(world.repo, "work")).toBe(made);
  });

  test("grafts are not taken for the history", async () => {
    const second = commit(world.repo, { "b.txt": "2\n" });
    commit(world.repo, { "c.txt": "3\n" });
    write(world.repo, ".git/info/grafts", `${second}\n`);
    await type(world, world.repo, "push work");
    const inside = world.at("shop-work");
    expect(git(inside, "rev-list", "--count", "HEAD")).toBe("3");
    sound(inside);
    expect(said()).toMatch(/graft/);
    write(inside, "dirty.txt", "d\n");
    await type(world, world.repo, "clean work");
    await type(world, world.repo, "restore work");
    sound(inside);
    expect(git(inside, "rev-list", "--count", "HEAD")).toBe("3");
  });

  test("a replaced tip does not hide commits of the workspace", async () => {
    await type(world, world.repo, "push work");
    const inside = world.at("shop-work");
    const made = commit(inside, { "a.txt": "1\n" });
    await type(world, world.repo, "fetch work");
    const next = commit(inside, { "b.txt": "1\n" });
    // The host shows the fetched commit as one that has the next one below it.
    git(world.repo, "fetch", "-q", inside, "HEAD");
    git(world.repo, "replace", "--graft", made, next);
    await type(world, world.repo, "fetch work");
    expect(tip(world.repo, "work")).toBe(next);
  });
});

describe("a SHA-256 repository", () => {
  let repo: string;
  const inside = () => world.at("modern-work");
  beforeEach(() => {
    repo = createRepository(join(world.hostHome, "modern"), "--object-format=sha256");
    git(repo, "checkout", "-q", "-b", "work");
  });

  test("is pushed, fetched, compared, saved and restored", async () => {
    await type(world, repo, "push work");
    expect(git(inside(), "rev-parse", "--show-object-format")).toBe("sha256");
    commit(inside(), { "a.txt": "1\n" });
    write(inside(), "dirty.txt", "d\n");
    for (const line of ["diff work", "log work", "fetch work --wip", "status"]) await type(world, repo, line);
    commit(repo, { "mine.txt": "1\n" });
    await type(world, repo, "push work");
    git(inside(), "checkout", "-q", "--orphan", "fresh");
    git(inside(), "rm", "-rqf", ".");
    write(inside(), "new.txt", "n\n");
    await type(world, repo, "push next");
    sound(world.at("modern-next"));
    await type(world, repo, "clean work");
    await type(world, repo, "restore work");
    expect(read(inside(), "new.txt")).toBe("n\n");
    sound(inside());
  });

  test("is saved whole when the host's repository is gone", async () => {
    await type(world, repo, "push work");
    write(inside(), "dirty.txt", "d\n");
    const id = git(repo, "config", "agent-vm.id");
    rmSync(repo, { recursive: true });
    await type(world, world.repo, "clean-all");
    expect(existsSync(inside())).toBe(false);
    await type(world, world.repo, `restore --save ${save(id)}`);
    expect(read(inside(), "dirty.txt")).toBe("d\n");
    sound(inside());
  });
});

/** The one save of a repository. */
function save(id: string): string {
  const names = readdirSync(join(world.ctx.paths.sharedState, "vault", id, "saves"));
  return (names.find((name) => name.endsWith(".json")) ?? "").replace(/\.json$/, "");
}
