// A host's disk that does not tell names apart by case or by the form of their Unicode, as macOS has it by default.
import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { settingsSchema } from "../../src/domain/settings.ts";
import { beforeMove, takeBack } from "../../src/domain/sync/fetch/take-back.ts";
import { rawDiff } from "../../src/domain/sync/push/overwriting.ts";
import { createFoldingWorld, type Folding } from "./folding/world.ts";
import { commit, createRepository, git, read, type World, write } from "./guest.ts";
import { type, typeRefused } from "./unusual.ts";

let world: World;
async function begin(what: Folding): Promise<void> {
  world = await createFoldingWorld(what);
  git(world.repo, "checkout", "-q", "-b", "work");
  await type(world, world.repo, "push work");
}
afterEach(() => world.remove());

const inside = () => world.at("shop-work");
const tip = (directory: string) => git(directory, "rev-parse", "work");
const names = (...below: string[]) =>
  readdirSync(join(world.repo, ...below)).filter((name) => name !== ".git");
const isClean = () => expect(git(world.repo, "status", "--porcelain")).toBe("");
/** In the VM, whose disk tells them apart. */
const move = (from: string, to: string) => {
  git(inside(), "mv", from, to);
  git(inside(), "commit", "-q", "-m", `${from} is ${to}`);
};

/** Each look at a name goes through four processes. */
const PATIENT = { timeout: 300_000 };

describe("the commits of the VM", PATIENT, () => {
  beforeEach(() => begin("files"));

  test("with two names that are one file here are refused by both, and nothing moves", async () => {
    const before = tip(world.repo);
    const stays = async (files: Record<string, string>, ...pairs: string[]) => {
      commit(inside(), files);
      const { exit, text } = await typeRefused(world, world.repo, "fetch work --accept-risk");
      expect(exit).toBe(4);
      for (const pair of pairs) expect(text).toContain(`one file: ${pair}`);
      expect(text).toContain("agent-vm connect work; then: agent-vm fetch work");
      expect([tip(world.repo), read(world.repo, "README.md")]).toEqual([before, "hello\n"]);
      isClean();
    };
    await stays({ "A.txt": "1\n", "a.txt": "2\n" }, "a.txt and A.txt");
    expect(names().sort()).toEqual([".gitignore", "README.md"]);
    move("a.txt", "b.txt");
    await stays(
      {
        "ReadMe.md": "other\n",
        "deep/x": "x\n",
        "deep/.GitAttributes": "\n",
        Deep: "file\n",
        "caf\u00e9": "1\n",
        "cafe\u0301": "2\n",
      },
      "ReadMe.md and README.md",
      "Deep and deep/x",
      "deep/.GitAttributes and deep/.gitattributes",
      "caf\u00e9 and cafe\u0301",
    );
    await type(world, world.repo, "fetch work --as elsewhere");
    expect(git(world.repo, "rev-parse", "elsewhere")).toBe(tip(inside()));
    git(inside(), "rm", "-q", "ReadMe.md", "Deep", "deep/.GitAttributes", "cafe\u0301");
    git(inside(), "commit", "-q", "-m", "one each");
    await type(world, world.repo, "fetch work");
    expect(names().sort()).toEqual([".gitignore", "A.txt", "README.md", "b.txt", "caf\u00e9", "deep"]);
    isClean();
  });

  test("that change nothing but the form of Unicode are followed, and put back when git fails half-way", async () => {
    const [composed, apart] = ["caf\u00e9", "cafe\u0301"];
    const [directory, sub] = ["d\u00e9p\u00f4t", "de\u0301po\u0302t"];
    commit(world.repo, { [composed]: "1\n", [`${directory}/x`]: "x\n", "\u00c9.txt": "e\n" });
    await type(world, world.repo, "push work");
    write(world.repo, `${directory}/build`, "mine\n");
    const before = tip(world.repo);
    git(inside(), "mv", directory, sub);
    move(composed, apart);
    move("\u00c9.txt", "\u00e9.txt");
    commit(inside(), { [apart]: "2\n", "a.txt": "1\n" });
    const old = () => [tip(world.repo), read(world.repo, composed), names().includes("a.txt")];
    let steps = 0;
    const { run } = world.ctx;
    const failing: typeof run = (argv, options) => {
      const second = argv.includes("read-tree") && argv.includes("-u") && ++steps === 2;
      return run(second ? ["git", "no-such-verb"] : argv, options);
    };
    const refused = await typeRefused(
      { ...world, ctx: { ...world.ctx, run: failing } },
      world.repo,
      "fetch work",
    );
    expect([refused.exit, refused.text]).toEqual([4, expect.stringContaining("it is as it was.")]);
    expect(old()).toEqual([before, "1\n", false]);
    isClean();
    await type(world, world.repo, "fetch work");
    expect(tip(world.repo)).toBe(tip(inside()));
    expect(names()).toEqual(expect.arrayContaining([apart, "\u00e9.txt", "a.txt"]));
    expect([names().includes(composed), names().includes("\u00c9.txt")]).toEqual([false, false]);
    expect([read(world.repo, apart), read(world.repo, `${directory}/build`)]).toEqual(["2\n", "mine\n"]);
    expect(git(world.repo, "status", "--porcelain", "--untracked-files=no")).toBe("");
  });

  test("that change nothing but a spelling are followed, in both directions", async () => {
    commit(world.repo, { "src/a.ts": "a\n", "src/deep/b.ts": "b\n" });
    await type(world, world.repo, "push work");
    move("README.md", "readme.md");
    move("src", "Src");
    commit(inside(), { "readme.md": "hello again\n", "Src/c.ts": "c\n" });
    await type(world, world.repo, "fetch work");
    expect(names().sort()).toEqual([".gitignore", "Src", "readme.md"]);
    expect(names("Src").sort()).toEqual(["a.ts", "c.ts", "deep"]);
    expect(read(world.repo, "readme.md")).toBe("hello again\n");
    expect(tip(world.repo)).toBe(tip(inside()));
    isClean();
    git(world.repo, "mv", "readme.md", "Readme.md");
    git(world.repo, "commit", "-q", "-m", "back");
    await type(world, world.repo, "push work");
    expect(readdirSync(inside())).toContain("Readme.md");
    expect(readdirSync(inside())).not.toContain("readme.md");
    // Two spellings of a directory are one here; git gets along with that.
    commit(inside(), { "src/d.ts": "d\n" });
    await type(world, world.repo, "fetch work");
    expect(names("Src").sort()).toEqual(["a.ts", "c.ts", "d.ts", "deep"]);
    isClean();
  });

  test("never overwrite what git does not track under another spelling", async () => {
    write(git(world.repo, "rev-parse", "--absolute-git-dir"), "info/exclude", "Cache/\nData\n");
    const own = { "NOTES.md": "mine\n", "Cache/key": "mine\n", Data: "mine\n" };
    for (const [path, text] of Object.entries(own)) write(world.repo, path, text);
    commit(inside(), { "notes.md": "theirs\n", cache: "theirs\n", "data/x": "theirs\n" });
    const { exit, text } = await typeRefused(world, world.repo, "fetch work");
    expect(exit).toBe(4);
    expect(text).toContain("in the way: NOTES.md, which this disk takes for notes.md");
    expect(text).toContain("in the way: Data, which this disk takes for data");
    expect(text).toMatch(/in the way: Cache\//);
    for (const [path, mine] of Object.entries(own)) expect(read(world.repo, path)).toBe(mine);
    for (const path of ["NOTES.md", "Cache", "Data"]) rmSync(join(world.repo, path), { recursive: true });
    await type(world, world.repo, "fetch work");
    expect(names().sort()).toEqual([".gitignore", "README.md", "cache", "data", "notes.md"]);
  });

  test("do not pass an own file for the tracked one that git was told not to look at", async () => {
    git(world.repo, "update-index", "--skip-worktree", "README.md");
    rmSync(join(world.repo, "README.md"));
    write(world.repo, "readme.md", "mine\n");
    move("README.md", "readme.md");
    const { text } = await typeRefused(world, world.repo, "fetch work");
    expect(text).toContain("in the way: readme.md");
    expect(read(world.repo, "readme.md")).toBe("mine\n");
  });

  test("that were half written when git failed leave the old file as it was", async () => {
    const from = tip(world.repo);
    move("README.md", "readme.md");
    commit(inside(), { "readme.md": "hello again, and more of it\n" });
    await type(world, world.repo, "fetch work --as elsewhere");
    const to = git(world.repo, "rev-parse", "elsewhere");
    const begun = beforeMove(world.repo, await rawDiff(world.ctx, world.repo, from, to));
    rmSync(join(world.repo, "README.md"));
    write(world.repo, "readme.md", "hello again, ");
    expect(await takeBack(world.ctx, begun)).toEqual([]);
    expect([names().includes("README.md"), read(world.repo, "README.md")]).toEqual([true, "hello\n"]);
    isClean();
  });
});

test(
  "carried files of two spellings go beside each other, and neither overwrites the other",
  PATIENT,
  async () => {
    world = await createFoldingWorld("files");
    git(world.repo, "checkout", "-q", "-b", "work");
    const [composed, apart] = [".env.caf\u00e9", ".env.cafe\u0301"];
    commit(world.repo, { ".gitignore": ".env*\n" });
    const ctx = { ...world.ctx, settings: settingsSchema.parse({ workspace: { carry: [".env*"] } }) };
    const typed = (line: string) => type({ ...world, ctx }, world.repo, line);
    const own = { ".env.Case": "host\n", [composed]: "host\n" };
    for (const [path, text] of Object.entries(own)) write(world.repo, path, text);
    await typed("push work");
    // The VM tells them apart, whoever wrote them.
    for (const path of [".env.case", apart]) write(inside(), path, "theirs\n");
    const all = () => [".env.Case", composed, ".env.case", apart].map((path) => read(inside(), path));
    expect(all()).toEqual(["host\n", "host\n", "theirs\n", "theirs\n"]);
    for (const path of [".env.Case", composed]) write(world.repo, path, "new\n");
    await typed("push --carry work");
    expect(all()).toEqual(["new\n", "new\n", "theirs\n", "theirs\n"]);
    await typed("clean work");
    expect(world.said.join("\n")).toMatch(/ignored.*\.env\.case/);
    await typed("restore work");
    expect(all()).toEqual(["new\n", "new\n", "theirs\n", "theirs\n"]);
    // And on the host one that is spelled anew is the same file, which goes beside what went before.
    renameSync(join(world.repo, ".env.Case"), join(world.repo, ".env.CASE"));
    await typed("push --carry work");
    expect([...all(), read(inside(), ".env.CASE")]).toEqual([
      "new\n",
      "new\n",
      "theirs\n",
      "theirs\n",
      "new\n",
    ]);
    expect(Object.keys(own).map((path) => read(world.repo, path))).toEqual(["new\n", "new\n"]);
  },
);

test(
  "a submodule's files stay where two of its names would be one, and its branches all come",
  PATIENT,
  async () => {
    world = await createFoldingWorld("repository");
    const allowed = ["-c", "protocol.file.allow=always"];
    const library = createRepository(join(world.hostHome, "library"));
    git(world.repo, "checkout", "-q", "-b", "work");
    git(world.repo, ...allowed, "submodule", "add", "-q", library, "lib");
    git(world.repo, "commit", "-q", "-m", "lib");
    await type(world, world.repo, "push work");
    const lib = join(inside(), "lib");
    const base = git(lib, "rev-parse", "HEAD");
    const branches = ["Feat", "feat"].map((name) => {
      git(lib, "checkout", "-q", "-b", name, base);
      return commit(lib, { [`of-${name.charCodeAt(0)}`]: name });
    });
    git(lib, "checkout", "-q", "--detach", base);
    const made = commit(lib, { "ReadMe.md": "other\n" });
    git(inside(), "commit", "-q", "-a", "-m", "with the library");
    await type(world, world.repo, "fetch work --accept-risk");
    expect(world.said.join("\n")).toContain("ReadMe.md and README.md are one file on this disk");
    expect(tip(world.repo)).toBe(tip(inside()));
    const clone = join(world.repo, "lib");
    for (const oid of [...branches, made])
      expect(git(clone, "for-each-ref", "--contains", oid, "refs/agent-vm")).not.toBe("");
    expect(read(world.repo, "lib/README.md")).toBe("hello\n");
  },
);

describe("branches whose names differ by case alone", PATIENT, () => {
  test("are not made beside each other, where git would take the one for the other", async () => {
    await begin("repository");
    expect(git(world.repo, "config", "core.ignorecase")).toBe("true");
    // A reference in a file of its own, and one that is packed: git itself would shadow that one.
    for (const pack of [false, true]) {
      if (pack) git(world.repo, "pack-refs", "--all");
      for (const name of ["Work", "work/x", "WORK/x"]) {
        const { exit, text } = await typeRefused(world, world.repo, `push ${name}`);
        expect([exit, text]).toEqual([2, expect.stringContaining(`branch "${name}" cannot be made`)]);
      }
      expect(git(world.repo, "for-each-ref", "refs/heads", "--format=%(refname:short)")).toBe("main\nwork");
    }
    const asOther = await typeRefused(world, world.repo, "fetch work --as WORK");
    expect([asOther.exit, asOther.text]).toEqual([
      4,
      expect.stringContaining('one file or folder with "work"'),
    ]);
    expect(asOther.text).toContain("agent-vm fetch work --as <name>");
    // git lets HEAD have the other name, and the files would stay behind the branch.
    const before = tip(world.repo);
    git(world.repo, "symbolic-ref", "HEAD", "refs/heads/WORK");
    commit(inside(), { "x.txt": "1\n" });
    const { exit, text } = await typeRefused(world, world.repo, "fetch work");
    expect([exit, text]).toEqual([4, expect.stringContaining('under the name "WORK"')]);
    expect(tip(world.repo)).toBe(before);
    git(world.repo, "symbolic-ref", "HEAD", "refs/heads/work");
    await type(world, world.repo, "fetch work");
    isClean();
  });

  test("come home one at a time, each is told of, and nothing that was fetched is lost", async () => {
    // The vault lies there, too.
    await begin("home");
    git(inside(), "checkout", "-q", "-b", "Feat");
    const large = commit(inside(), { x: "1\n" });
    git(inside(), "checkout", "-q", "-b", "feat", "work");
    const small = commit(inside(), { y: "1\n" });
    git(inside(), "checkout", "-q", "work");
    await type(world, world.repo, "fetch work --all");
    const mirrors = () =>
      git(world.repo, "for-each-ref", "refs/agent-vm/shop-work/heads", "--format=%(objectname)");
    expect(world.said.join("\n")).toMatch(
      /The branch feat was left out: .* Feat\. It comes with --from feat --as/,
    );
    expect(mirrors()).toContain(large);
    await type(world, world.repo, "fetch work --from feat --as small");
    expect(git(world.repo, "rev-parse", "small")).toBe(small);
    expect(mirrors()).not.toContain(large);
    const vaults = join(world.hostHome, ".local/state/agent-vm/vault");
    const vault = join(vaults, readdirSync(vaults)[0] ?? "", "objects.git");
    expect(git(vault, "for-each-ref", "refs/previous", "--format=%(objectname)")).toContain(large);
    await type(world, world.repo, "clean work");
    await type(world, world.repo, "restore work");
    const names = ["Feat", "feat"].map((name) => git(inside(), "rev-parse", `refs/heads/${name}`));
    expect(names).toEqual([large, small]);
  });
});
