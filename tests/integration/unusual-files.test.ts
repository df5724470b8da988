// Files that lie on the disk otherwise than in git: line ends, encodings, links, modes, names that collide or are long.
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { observeOne } from "../../src/domain/sync/observe.ts";
import { commit, createWorld, git, read, type World, write } from "./guest.ts";
import { type, typeRefused } from "./unusual.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  git(world.repo, "checkout", "-q", "-b", "work");
});
afterEach(() => world.remove());

const inside = () => world.at("shop-work");
const bytes = (directory: string, path: string) => readFileSync(join(directory, path)).toString("hex");
const hex = (text: string) => Buffer.from(text).toString("hex");
const bothClean = () => {
  for (const place of [world.repo, inside()]) expect(git(place, "status", "--porcelain")).toBe("");
};

describe("rules of .gitattributes", () => {
  const RULES =
    "* text=auto\n*.bat text eol=crlf\n*.sh text eol=lf\nwide.txt text working-tree-encoding=UTF-16LE-BOM\n*.c ident\n";
  const CONTENT = {
    "a.bat": "echo\n",
    "a.sh": "ls\n",
    "plain.txt": "p\n",
    "wide.txt": "",
    "id.c": "// $Id$\n",
  };
  const FILES = ["a.bat", "a.sh", "plain.txt", "wide.txt", "id.c"];
  const wide = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");

  test("give the same tree on both sides, and both stay clean", async () => {
    commit(world.repo, { ".gitattributes": RULES });
    for (const [path, text] of Object.entries(CONTENT)) {
      if (path !== "wide.txt") write(world.repo, path, text);
    }
    writeFileSync(join(world.repo, "wide.txt"), wide("wide\n"));
    git(world.repo, "add", "-A");
    git(world.repo, "commit", "-q", "-m", "files");
    git(world.repo, "rm", "-rq", "--cached", ".");
    git(world.repo, "reset", "-q", "--hard");
    await type(world, world.repo, "push work");
    for (const path of FILES) expect([path, bytes(inside(), path)]).toEqual([path, bytes(world.repo, path)]);
    expect(bytes(inside(), "a.bat")).toBe(hex("echo\r\n"));
    expect(bytes(inside(), "wide.txt")).toBe(wide("wide\n").toString("hex"));
    expect(read(inside(), "id.c")).toMatch(/\$Id: [0-9a-f]{40} \$/);
    bothClean();
    writeFileSync(join(inside(), "wide.txt"), wide("wider\n"));
    commit(inside(), { "a.bat": "echo 2\r\n", "id.c": "// $Id$\nint a;\n", "new.bat": "n\r\n" });
    git(inside(), "commit", "-q", "-a", "-m", "wide");
    git(inside(), "reset", "-q", "--hard");
    await type(world, world.repo, "fetch work");
    // Of what the agent wrote itself git changes nothing there.
    expect(read(inside(), "id.c")).toContain("$Id$");
    expect(read(world.repo, "id.c")).toMatch(/\$Id: [0-9a-f]{40} \$/);
    for (const path of ["a.bat", "a.sh", "plain.txt", "wide.txt", "new.bat"])
      expect([path, bytes(world.repo, path)]).toEqual([path, bytes(inside(), path)]);
    bothClean();
    commit(world.repo, { "plain.txt": "q\n", "a.bat": "echo 3\r\n" });
    await type(world, world.repo, "push work");
    expect(bytes(inside(), "a.bat")).toBe(hex("echo 3\r\n"));
    bothClean();
  });

  test.each([
    ["core.autocrlf", "true"],
    ["core.eol", "crlf"],
  ])(
    "a host with %s=%s has its line ends, the VM has its own, and nothing counts as edited",
    async (key, value) => {
      git(world.repo, "config", key, value);
      commit(world.repo, { ".gitattributes": "*.txt text=auto\n" });
      commit(world.repo, { "a.txt": "1\r\n2\r\n" });
      await type(world, world.repo, "push work");
      expect(read(inside(), "a.txt")).toBe("1\n2\n");
      bothClean();
      commit(inside(), { "a.txt": "1\n2\n3\n", "b.txt": "b\n" });
      await type(world, world.repo, "fetch work");
      expect([read(world.repo, "a.txt"), read(world.repo, "b.txt")]).toEqual(["1\r\n2\r\n3\r\n", "b\r\n"]);
      bothClean();
    },
  );

  /** CRLF in git's objects, and a rule that came later: git shows the file as changed wherever it looks at it anew. */
  const notNormalised = () => {
    commit(world.repo, { "old.txt": "1\r\n2\r\n", "other.txt": "1\r\n" });
    commit(world.repo, { ".gitattributes": "*.txt text\n" });
    git(world.repo, "rm", "-rq", "--cached", ".");
    git(world.repo, "reset", "-q", "--hard");
  };

  test("that came after the files do not make these count as edited", async () => {
    notNormalised();
    await type(world, world.repo, "push work");
    const isCounted = async () => {
      const asked = { dir: "shop-work", branch: "work" };
      return (await observeOne(world.ctx, await world.ctx.target(), asked, "counts")).changed;
    };
    // git looks at what is in the files when their time is a new one.
    utimesSync(join(inside(), "old.txt"), 1, 1);
    expect(git(inside(), "status", "--porcelain")).toContain("old.txt");
    expect(await isCounted()).toEqual([]);
    commit(world.repo, { "new.md": "n\n" });
    await type(world, world.repo, "push work");
    expect(read(inside(), "new.md")).toBe("n\n");
    commit(inside(), { "more.md": "m\n" });
    utimesSync(join(world.repo, "old.txt"), 1, 1);
    expect(git(world.repo, "status", "--porcelain")).toContain("old.txt");
    await type(world, world.repo, "fetch work");
    expect(read(world.repo, "more.md")).toBe("m\n");
  });

  test("that came after the files hide no edit", async () => {
    notNormalised();
    await type(world, world.repo, "push work");
    write(inside(), "old.txt", "edited\r\n");
    commit(world.repo, { "new.md": "n\n" });
    const { text } = await typeRefused(world, world.repo, "push work");
    expect(text).toContain("old.txt");
    expect(text).not.toContain("other.txt");
    expect(read(inside(), "old.txt")).toBe("edited\r\n");
  });
});

describe("links and modes", () => {
  test("come and go as they are", async () => {
    commit(world.repo, { "run.sh": "#!/bin/sh\n", "target.txt": "t\n" });
    symlinkSync("target.txt", join(world.repo, "link"));
    chmodSync(join(world.repo, "run.sh"), 0o755);
    git(world.repo, "add", "-A");
    git(world.repo, "commit", "-q", "-m", "link and mode");
    await type(world, world.repo, "push work");
    expect(lstatSync(join(inside(), "link")).isSymbolicLink()).toBe(true);
    expect(statSync(join(inside(), "run.sh")).mode & 0o111).toBe(0o111);
    unlinkSync(join(inside(), "link"));
    symlinkSync("run.sh", join(inside(), "link"));
    chmodSync(join(inside(), "target.txt"), 0o755);
    git(inside(), "commit", "-q", "-a", "-m", "other");
    await type(world, world.repo, "fetch work");
    expect(read(world.repo, "link")).toBe("#!/bin/sh\n");
    bothClean();
  });

  test("a host that knows neither (core.fileMode, core.symlinks) keeps both in the commits", async () => {
    for (const key of ["core.fileMode", "core.symlinks"]) git(world.repo, "config", key, "false");
    commit(world.repo, { "run.sh": "#!/bin/sh\n" });
    git(world.repo, "update-index", "--chmod=+x", "run.sh");
    git(world.repo, "commit", "-q", "-m", "mode");
    await type(world, world.repo, "push work");
    expect(statSync(join(inside(), "run.sh")).mode & 0o111).toBe(0o111);
    symlinkSync("run.sh", join(inside(), "link"));
    chmodSync(join(inside(), "README.md"), 0o755);
    git(inside(), "add", "-A");
    git(inside(), "commit", "-q", "-m", "more");
    await type(world, world.repo, "fetch work");
    expect(lstatSync(join(world.repo, "link")).isFile()).toBe(true);
    expect(read(world.repo, "link")).toBe("run.sh");
    expect(git(world.repo, "ls-tree", "HEAD", "link", "README.md")).toMatch(/^100755[\s\S]*\n120000/);
    bothClean();
  });
});

describe("names", () => {
  test("that differ by case alone arrive both, and a fetch names them", async () => {
    await type(world, world.repo, "push work");
    commit(inside(), { "Read.txt": "1\n", "read.txt": "2\n" });
    await type(world, world.repo, "fetch work");
    expect([read(world.repo, "Read.txt"), read(world.repo, "read.txt")]).toEqual(["1\n", "2\n"]);
    expect(world.said.join("\n")).toMatch(/Read\.txt/);
  });

  /** The branch gets one more commit, with such a path beside another new file. */
  const makeLong = (branch: string) => {
    const blob = git(world.repo, "rev-parse", "HEAD:README.md");
    const deep = Array.from({ length: 25 }, () => "d".repeat(200)).join("/");
    for (const path of [`${deep}/f`, "another.txt"])
      git(world.repo, "update-index", "--add", "--cacheinfo", `100644,${blob},${path}`);
    const tree = git(world.repo, "write-tree");
    git(world.repo, "reset", "-q");
    const made = git(world.repo, "commit-tree", tree, "-p", "HEAD", "-m", "long");
    git(world.repo, "update-ref", `refs/heads/${branch}`, made);
    return made;
  };

  test("a path that no system takes is refused by name, and no half workspace is left", async () => {
    makeLong("long");
    const { text } = await typeRefused(world, world.repo, "push long");
    expect(text).toMatch(/a path of 5026 bytes[\s\S]*path: d{9}/);
    expect(readdirSync(join(world.guestHome, "workspace"))).toEqual([]);
  });

  test("nor is a file of a workspace moved for such a path, which goes aside", async () => {
    git(world.repo, "branch", "other");
    await type(world, world.repo, "push other");
    const place = world.at("shop-other");
    const made = makeLong("other");
    const stays = async (how: string) => {
      const before = git(place, "rev-parse", "HEAD");
      const { text } = await typeRefused(world, world.repo, how);
      expect(text, how).toMatch(/a path of 5026 bytes[\s\S]*path: d{9}[\s\S]*agent-vm push --aside other/);
      expect(git(place, "status", "--porcelain")).toBe("");
      expect(git(place, "rev-parse", "HEAD")).toBe(before);
    };
    await stays("push other");
    git(place, "commit", "-q", "--amend", "--allow-empty", "-m", "own");
    await stays("push other --reset");
    await type(world, world.repo, "push other --aside");
    expect(git(place, "rev-parse", "refs/remotes/host/other")).toBe(made);
  });

  test("a path of 3000 characters goes and comes", async () => {
    const deep = `${Array.from({ length: 15 }, (_, at) => `${at}`.padEnd(200, "d")).join("/")}/f.txt`;
    await type(world, world.repo, "push work");
    commit(inside(), { [deep]: "deep\n" });
    await type(world, world.repo, "fetch work");
    expect(read(world.repo, deep)).toBe("deep\n");
    write(inside(), `${deep}2`, "dirty\n");
    await type(world, world.repo, "clean work");
    await type(world, world.repo, "restore work");
    expect(read(inside(), `${deep}2`)).toBe("dirty\n");
  });
});
