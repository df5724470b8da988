// A second workspace begins with what its sibling has, and neither ever depends on the other.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { commit, createRepository, createWorld, git, read, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

const [one, two, three] = ["shop-one", "shop-two", "shop-three"] as const;
const BIG = 200_000;
const noise = (bytes: number) => randomBytes(bytes / 2).toString("hex");

/** Pushes, and gives the bytes that were sent in files over ssh. */
async function shipped(branch: string, ctx = world.ctx): Promise<number> {
  let bytes = 0;
  const run: typeof ctx.run = (argv, options) => {
    for (const file of [options?.inputFile ?? []].flat()) bytes += statSync(file).size;
    return ctx.run(argv, options);
  };
  await pushToWorkspace({ ...ctx, run }, branch);
  return bytes;
}

/** The same, packs alone. */
async function shippedObjects(branch: string): Promise<number> {
  let bytes = 0;
  const run: typeof world.ctx.run = (argv, options) => {
    for (const file of [options?.inputFile ?? []].flat().slice(1)) bytes += statSync(file).size;
    return world.ctx.run(argv, options);
  };
  await pushToWorkspace({ ...world.ctx, run }, branch);
  return bytes;
}

const files = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
const objectFiles = (dir: string) => files(world.at(dir, ".git", "objects"));
const sound = (dir: string) => git(world.at(dir), "fsck", "--full", "--strict");

describe("a second workspace", () => {
  test("gets only what is new over the wire, nothing of the agent's, and shares no file", async () => {
    commit(world.repo, { "big.txt": noise(BIG) });
    expect(await shipped("one")).toBeGreaterThan(BIG / 2);
    const agents = commit(world.at(one), { "agent.txt": "a\n" });
    git(world.at(one), "branch", "-q", "agents-own");
    git(world.repo, "checkout", "-q", "-b", "two");
    commit(world.repo, { "new.txt": "n\n" });
    git(world.repo, "tag", "-a", "v1", "-m", "one");
    expect(await shipped("two")).toBeLessThan(BIG / 20);
    expect(read(world.at(two), "new.txt")).toBe("n\n");
    expect(git(world.at(two), "status", "--porcelain")).toBe("");
    expect(git(world.at(two), "for-each-ref", "--format=%(refname)").split("\n")).toEqual([
      "refs/heads/two",
      "refs/remotes/host/main",
      "refs/tags/v1",
    ]);
    expect(git(world.at(two), "cat-file", "--batch-all-objects", "--batch-check")).not.toContain(agents);
    expect(existsSync(world.at(two, ".git", "objects", "info", "alternates"))).toBe(false);
    for (const file of [...objectFiles(one), ...objectFiles(two)]) expect(lstatSync(file).nlink).toBe(1);
    sound(two);
  });

  test("gets the packs of its sibling as they are, as long as the agent's git kept them", async () => {
    const packs = (dir: string) => readdirSync(world.at(dir, ".git/objects/pack")).sort();
    commit(world.repo, { "big.txt": noise(BIG) });
    await pushToWorkspace(world.ctx, "one");
    const first = packs(one);
    commit(world.at(one), { "agent.txt": "a\n" });
    git(world.at(one), "gc", "-q", "--aggressive", "--prune=now");
    expect(packs(one)).toEqual(expect.arrayContaining(first));
    expect(await shipped("two")).toBeLessThan(1000);
    expect(packs(two)).toEqual(first);
    commit(world.repo, { "second.txt": noise(BIG) });
    git(world.repo, "checkout", "-q", "-b", "three");
    expect(await shipped("three")).toBeGreaterThan(BIG / 2);
    git(world.repo, "checkout", "-q", "-b", "four");
    expect(await shipped("four")).toBeLessThan(1000);
    expect(packs("shop-four")).toEqual(packs(three));
    sound("shop-four");
  });

  test("gets from a sibling that packed everything anew what it has", async () => {
    commit(world.repo, { "big.txt": noise(BIG) });
    await pushToWorkspace(world.ctx, "one");
    for (const keep of objectFiles(one).filter((path) => path.endsWith(".keep"))) rmSync(keep);
    git(world.at(one), "repack", "-q", "-a", "-d", "-f", "--window=1", "--depth=0");
    expect(await shipped("two")).toBeLessThan(1000);
    expect(await shipped("three")).toBeLessThan(1000);
    sound(two);
    sound(three);
  });

  test("gets a commit of the agent's that the host has, from the VM", async () => {
    await pushToWorkspace(world.ctx, "one");
    commit(world.at(one), { "big.txt": noise(BIG) });
    await fetchBranch(world.ctx, "one");
    git(world.repo, "checkout", "-q", "-b", "two", "one");
    expect(await shipped("two")).toBeLessThan(1000);
    git(world.repo, "checkout", "-q", "-b", "three");
    expect(await shipped("three")).toBeLessThan(1000);
    sound(two);
    sound(three);
  });

  test("takes a pack that it was given already once more", async () => {
    await pushToWorkspace(world.ctx, "one");
    git(world.repo, "checkout", "-q", "-b", "two");
    commit(world.repo, { "new.txt": "n\n" });
    const run: typeof world.ctx.run = (argv, options) => {
      const [, name] = /begun ([0-9a-f]{40}) /.exec(argv.at(-1)?.replaceAll("'", "") ?? "") ?? [];
      if (name !== undefined) {
        const file = world.at(".agent-vm.new.shop-two/.git/objects/pack", `pack-${name}.pack`);
        writeFileSync(file, "old", { mode: 0o444 });
      }
      return world.ctx.run(argv, options);
    };
    await pushToWorkspace({ ...world.ctx, run }, "two");
    sound(two);
  });

  test("with thousands of tags gets none of them over the wire", async () => {
    const tag = (_: unknown, n: number) =>
      `tag v${n}\nfrom refs/heads/main\ntagger A <a@example.org> ${n} +0000\ndata 1\nx\n`;
    const input = Array.from({ length: 1500 }, tag).join("");
    execFileSync("git", ["-C", world.repo, "fast-import", "--quiet"], { input });
    await pushToWorkspace(world.ctx, "one");
    expect(await shippedObjects("two")).toBe(0);
    expect(git(world.at(two), "for-each-ref", "refs/tags").split("\n")).toHaveLength(1500);
    sound(two);
  });

  test("lives on when its sibling is damaged, or deleted", async () => {
    await pushToWorkspace(world.ctx, "one");
    await pushToWorkspace(world.ctx, "two");
    damage(one);
    sound(two);
    rmSync(world.at(one), { recursive: true });
    sound(two);
    commit(world.at(two), { "a.txt": "1\n" });
    sound(two);
  });

  test("that has nothing new sends no object at all", async () => {
    commit(world.repo, { "big.txt": noise(BIG) });
    await pushToWorkspace(world.ctx, "one");
    expect(await shipped("two")).toBeLessThan(1000);
    sound(two);
  });
});

/** Zeroes every object file of a workspace, packs too. */
function damage(dir: string, matching = /./): void {
  for (const file of objectFiles(dir).filter((path) => matching.test(path))) {
    chmodSync(file, 0o644);
    const { size } = statSync(file);
    truncateSync(file, 0);
    writeFileSync(file, Buffer.alloc(size));
  }
}

/** Takes everything out of the packs. */
function loosen(at: string): void {
  for (const pack of readdirSync(join(at, ".git", "objects", "pack")).filter((name) =>
    name.endsWith(".pack"),
  )) {
    const path = join(at, ".git", pack);
    renameSync(join(at, ".git", "objects", "pack", pack), path);
    rmSync(path.replace(/pack$/, "idx").replace(".git/", ".git/objects/pack/"));
    execFileSync("git", ["-C", at, "unpack-objects", "-q"], { input: readFileSync(path) });
    rmSync(path);
  }
}

describe("a damaged sibling", () => {
  beforeEach(async () => {
    commit(world.repo, { "big.txt": noise(BIG) });
    await pushToWorkspace(world.ctx, "one");
  });

  test.each<[string, () => void]>([
    ["with zeroed packs", () => damage(one)],
    [
      "with a zeroed loose file that only its history has",
      () => {
        const at = world.at(one);
        const old = git(at, "rev-parse", "HEAD:big.txt");
        loosen(at);
        damage(one, new RegExp(`${old.slice(2)}$`));
        git(world.repo, "rm", "-q", "big.txt");
        git(world.repo, "commit", "-q", "-m", "without");
      },
    ],
    [
      "with half a pack",
      () => {
        const pack = objectFiles(one).find((path) => path.endsWith(".pack")) ?? "";
        chmodSync(pack, 0o644);
        truncateSync(pack, statSync(pack).size >> 1);
      },
    ],
    [
      "with a pack that is wrong inside",
      () => {
        const pack = objectFiles(one).find((path) => path.endsWith(".pack")) ?? "";
        chmodSync(pack, 0o644);
        const bytes = readFileSync(pack);
        const middle = bytes.length >> 1;
        writeFileSync(pack, bytes.fill(0, middle, middle + 40));
      },
    ],
    ["without its objects", () => rmSync(world.at(one, ".git", "objects"), { recursive: true })],
    ["that is no repository any more", () => rmSync(world.at(one, ".git"), { recursive: true })],
    ["that is gone", () => rmSync(world.at(one), { recursive: true })],
  ])("%s is passed over, and everything is sent", async (_, harm) => {
    harm();
    expect(await shipped("two")).toBeGreaterThan(BIG / 2);
    sound(two);
  });

  test("is passed over for the next one", async () => {
    await pushToWorkspace(world.ctx, "two");
    damage(two);
    expect(await shipped("three")).toBeLessThan(1000);
    sound(three);
  });

  test("of another repository is not looked at", async () => {
    const other = createRepository(join(world.hostHome, "other"));
    git(other, "pull", "-q", "--allow-unrelated-histories", "--no-rebase", world.repo, "main");
    expect(await shipped("two", { ...world.ctx, cwd: other })).toBeGreaterThan(BIG / 2);
  });
});

describe("what does not travel", () => {
  test("is told in one line each, and breaks nothing", async () => {
    git(world.repo, "config", "core.sparseCheckout", "true");
    commit(world.repo, { ".gitattributes": "*.bin filter=lfs\n# x filter=comment\n" });
    commit(world.repo, { "secret/.gitattributes": "*.key diff filter=git-crypt\n" });
    await pushToWorkspace(world.ctx, "one");
    const said = world.said.join("\n");
    for (const word of ["(git-crypt)", "sparse"]) expect(said).toContain(word);
    expect(said).not.toContain("comment");
    expect(said).not.toContain("LFS");
  });
});

test("many files and large ones arrive whole", async () => {
  const many = Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`d${n % 40}/f${n}.txt`, `${n}\n`]));
  for (const [path, text] of Object.entries(many)) write(world.repo, path, text);
  writeFileSync(join(world.repo, "large.bin"), randomBytes(20_000_000));
  git(world.repo, "add", "-A");
  git(world.repo, "commit", "-q", "-m", "much");
  expect(await shipped("one")).toBeGreaterThan(20_000_000);
  expect(git(world.at(one), "status", "--porcelain")).toBe("");
  expect(git(world.at(one), "rev-parse", "HEAD^{tree}")).toBe(git(world.repo, "rev-parse", "HEAD^{tree}"));
  expect(files(join(world.hostHome, ".local")).filter((path) => path.includes("ship-"))).toEqual([]);
});

test("large files are sent as they are, not compared with each other for minutes", async () => {
  const size = 33 * 1024 * 1024;
  const content = randomBytes(size);
  for (const name of ["one.bin", "two.bin"]) {
    content[0] = name.length;
    writeFileSync(join(world.repo, name), Buffer.concat([Buffer.from(name), content]));
  }
  git(world.repo, "add", "-A");
  git(world.repo, "commit", "-q", "-m", "large");
  expect(await shipped("one")).toBeGreaterThan(2 * size);
  writeFileSync(world.at(one, "three.bin"), Buffer.concat([Buffer.from("three"), content]));
  git(world.at(one), "add", "-A");
  git(world.at(one), "commit", "-q", "-m", "third");
  const before = packed();
  await fetchBranch(world.ctx, "one");
  expect(packed() - before).toBeGreaterThan(size);
});

/** Bytes of the host's packs. */
const packed = (): number =>
  files(join(world.repo, ".git/objects/pack")).reduce((sum, file) => sum + statSync(file).size, 0);
