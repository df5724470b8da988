// Large files (Git LFS) in a save: the pointer and the object once, content that is not its pointer's as it lies there.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { fingerprintOf } from "../../src/domain/sync/save/save.ts";
import { listSaves, writeSave } from "../../src/domain/vault/records.ts";
import type { Save } from "../../src/domain/vault/save.ts";
import { dropTrash, listTrash } from "../../src/domain/vault/trash.ts";
import { vaultPath } from "../../src/domain/vault/vault.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { listWorkspaces } from "../../src/domain/workspace/registry.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { commit, createWorld, git, read, refused, type World, write } from "./guest.ts";
import { ATTRIBUTES, configIn, configOf, idOf, placeOf, setUpLfs } from "./large-files.ts";
import { remove, save, seen } from "./saving.ts";

const MiB = 1024 * 1024;

let world: World;
let at: string;
beforeEach(async () => {
  world = await createWorld();
  setUpLfs(configIn(world.guestHome), configOf(world.repo));
  git(world.repo, "checkout", "-q", "-b", "work");
  commit(world.repo, { ...ATTRIBUTES, "a.bin": "from the host\n" });
  await pushToWorkspace(world.ctx, "work");
  at = world.at("shop-work");
});
afterEach(() => world.remove());

const again = () => restore(world.ctx, { branch: "work" });
const vault = () => vaultPath(world.ctx, git(world.repo, "config", "agent-vm.id").trim());
const kept = (content: string | Uint8Array) => join(vault().gitDir, "lfs", placeOf(idOf(content)));
const treeOf = ({ id }: Save, path: string) =>
  git(vault().gitDir, "show", `refs/saves/${id}/own/tree:${path}`);
const inStore = (content: string | Uint8Array) => join(at, ".git/lfs", placeOf(idOf(content)));
const own = (content: string | Uint8Array) => join(world.repo, ".git/lfs", placeOf(idOf(content)));
const add = (path: string, content: string | Uint8Array) => {
  writeFileSync(join(at, path), content);
  git(at, "add", "-A");
  git(at, "commit", "-q", "-m", path);
};
const look = async () => {
  const [workspace] = await listWorkspaces(world.ctx);
  if (workspace === undefined) throw new Error("no workspace");
  const repo = await findRepository(world.ctx);
  const what = { dir: workspace.dir, workspace, repo, ignored: true };
  return fingerprintOf(world.ctx, await world.ctx.target(), what);
};
const holdsOf = ({ files }: Save) => files.map((file) => file.holds).join();

describe("a large file that is what its pointer says", () => {
  test("is saved as the pointer and one object, and comes back to the last byte", async () => {
    const bytes = randomBytes(3 * MiB);
    add("sp ace\nline.bin", bytes);
    chmodSync(join(at, "sp ace\nline.bin"), 0o755);
    add("-twice.bin", bytes);
    write(at, "new.txt", "u\n");
    const before = seen(at);

    const saved = await save(world);
    expect(treeOf(saved, "-twice.bin")).toContain(`oid sha256:${idOf(bytes)}`);
    expect(readFileSync(kept(bytes)).equals(bytes)).toBe(true);
    expect(saved.files).toEqual([]);
    expect(git(vault().gitDir, "count-objects", "-v")).toMatch(/size-pack: \d{1,3}$/m);
    // What the host has need not come from the VM, and stays when git-lfs removes it there.
    expect(lstatSync(kept("from the host\n")).ino).toBe(lstatSync(own("from the host\n")).ino);
    rmSync(join(world.repo, ".git/lfs"), { recursive: true });

    await remove(world);
    await again();
    expect(seen(at)).toEqual(before);
    expect(readFileSync(inStore(bytes)).equals(bytes)).toBe(true);
    expect(read(at, "a.bin")).toBe("from the host\n");
    expect(readdirSync(join(world.guestHome, "workspace"))).toEqual(["shop-work"]);
  });

  test("is kept, too, when only commits name it, and git-lfs has removed it on the host since", async () => {
    add("b.bin", "an older version\n");
    await fetchBranch(world.ctx, "work", { acceptRisk: true });
    git(at, "rm", "-q", "a.bin", "b.bin");
    git(at, "commit", "-q", "-m", "nothing");
    expect(existsSync(own("an older version\n"))).toBe(true);
    const saved = await save(world);
    expect(saved.files).toEqual([]);
    rmSync(join(world.repo, ".git/lfs"), { recursive: true });
    await remove(world);
    await again();
    expect(readFileSync(inStore("an older version\n"), "utf8")).toBe("an older version\n");
    git(at, "checkout", "-q", "HEAD~1", "--", "b.bin");
    expect(read(at, "b.bin")).toBe("an older version\n");
    expect(readdirSync(join(world.guestHome, "workspace"))).toEqual(["shop-work"]);
  });

  test("comes from the workspace when the host's is damaged, though only commits name it", async () => {
    add("b.bin", "an older version\n");
    await fetchBranch(world.ctx, "work", { acceptRisk: true });
    git(at, "rm", "-q", "a.bin", "b.bin");
    git(at, "commit", "-q", "-m", "nothing");
    chmodSync(own("an older version\n"), 0o644);
    writeFileSync(own("an older version\n"), "AN OLDER VERSION\n");
    await save(world);
    expect(readFileSync(kept("an older version\n"), "utf8")).toBe("an older version\n");
  });

  test("comes back when its object was gone, from the workspace as from the host, and without git-lfs there", async () => {
    add("b.bin", "only here\n");
    rmSync(join(at, ".git/lfs/objects"), { recursive: true });
    rmSync(join(world.repo, ".git/lfs"), { recursive: true });
    const saved = await save(world);
    expect(saved.large).toHaveLength(2);
    await remove(world);
    rmSync(configIn(world.guestHome));
    await again();
    expect([read(at, "a.bin"), read(at, "b.bin")]).toEqual(["from the host\n", "only here\n"]);
  });

  test("is one whatever the attributes say now, and a pointer that lies there as such stays one", async () => {
    add("b.bin", "only here\n");
    const pointer = git(at, "show", "HEAD:b.bin");
    write(at, ".gitattributes", "");
    write(at, "a.bin", git(at, "show", "HEAD:a.bin"));
    const { files } = seen(at);
    const saved = await save(world);
    expect(treeOf(saved, "b.bin")).toBe(pointer);
    await remove(world);
    await again();
    expect(seen(at).files).toEqual(files);
  });
});

describe("content that is not its pointer's is saved as it lies there", () => {
  test("though its size and times are as git noted them", async () => {
    add("b.bin", "only here\n");
    const { atime, mtime } = statSync(join(at, "b.bin"));
    writeFileSync(join(at, "b.bin"), "only HERE\n");
    utimesSync(join(at, "b.bin"), atime, mtime);
    const saved = await save(world);
    expect(treeOf(saved, "b.bin")).toBe("only HERE");
    // What its commit names is in the workspace's store alone.
    expect(holdsOf(saved)).toContain(placeOf(idOf("only here\n")));
    await remove(world);
    await again();
    expect(read(at, "b.bin")).toBe("only HERE\n");
    expect(readFileSync(inStore("only here\n"), "utf8")).toBe("only here\n");
  });

  test("also in the look that finds out whether anything changed since", async () => {
    add("b.bin", "only here\n");
    const before = await look();
    expect(await look()).toBe(before);
    const { atime, mtime } = statSync(join(at, "b.bin"));
    writeFileSync(join(at, "b.bin"), "only HERE\n");
    utimesSync(join(at, "b.bin"), atime, mtime);
    expect(await look()).not.toBe(before);
  });
});

describe("of what is damaged", () => {
  test("neither the workspace's object nor the host's is counted on, nor what an earlier save kept", async () => {
    add("b.bin", "only here\n");
    write(at, "new.txt", "u\n");
    for (const file of [inStore("only here\n"), own("from the host\n")]) {
      chmodSync(file, 0o644);
      writeFileSync(file, readFileSync(file, "utf8").toUpperCase());
    }
    await save(world);
    expect(readFileSync(kept("from the host\n"), "utf8")).toBe("from the host\n");
    expect(readFileSync(kept("only here\n"), "utf8")).toBe("only here\n");
    writeFileSync(kept("only here\n"), "ONLY here\n");
    await save(world);
    expect(readFileSync(kept("only here\n"), "utf8")).toBe("only here\n");
    await remove(world);
    await again();
    expect([read(at, "a.bin"), read(at, "b.bin")]).toEqual(["from the host\n", "only here\n"]);
  });

  test("a restore says it, and builds nothing", async () => {
    add("b.bin", "only here\n");
    await save(world);
    await remove(world);
    writeFileSync(kept("only here\n"), "ONLY here\n");
    const error = await refused(again());
    expect(error.message).toContain("is damaged; nothing was changed in the VM");
    expect(error.details.join()).toContain(idOf("only here\n"));
    expect(existsSync(at)).toBe(false);
    expect((await listTrash(world.ctx)).map((one) => one.damaged)).toEqual([false]);
    rmSync(kept("only here\n"));
    expect((await listTrash(world.ctx)).map((one) => one.damaged)).toEqual([true]);
  });

  test.each([
    ["of the same size", "only HERE\n"],
    ["of another size", "not only here\n"],
  ])(
    "a file that becomes another one %s before it comes ends the save, without a record",
    async (_, text) => {
      add("b.bin", "only here\n");
      const run: World["ctx"]["run"] = (argv, options) => {
        if (argv.some((word) => / -- give shop-work save/.test(word))) write(at, "b.bin", text);
        return world.ctx.run(argv, options);
      };
      const error = await refused(save({ ...world, ctx: { ...world.ctx, run } }));
      expect(error.message).toContain("could not be saved");
      expect(await listSaves(world.ctx)).toEqual([]);
      expect(existsSync(kept("only here\n"))).toBe(false);
    },
  );
});

test("what the VM lists beyond what it gave keeps nothing back, and leads nowhere else", async () => {
  add("b.bin", "only here\n");
  const saved = await save(world);
  const inVault = (input: string, ...args: string[]) =>
    execFileSync("git", ["--git-dir", vault().gitDir, ...args], { input, encoding: "latin1" }).trim();
  const ref = `refs/saves/${saved.id}/own/large`;
  const list = inVault("", "cat-file", "blob", `${ref}:paths`);
  const more = `${"f".repeat(64)} 5 ghost.bin\0${idOf("only here\n")} 10 ../outside\0${list}`;
  const tree = inVault(`100644 blob ${inVault(more, "hash-object", "-w", "--stdin")}\tpaths\n`, "mktree");
  const oid = inVault(
    "",
    ...["-c", "user.name=a", "-c", "user.email=a@b"],
    "commit-tree",
    "-m",
    "list",
    tree,
  );
  inVault("", "update-ref", ref, oid);
  const refs = saved.refs.map((one) => (one.name === "own/large" ? { ...one, oid } : one));
  await writeSave(world.ctx, { ...saved, refs });
  await remove(world);
  await again();
  expect([read(at, "a.bin"), read(at, "b.bin")]).toEqual(["from the host\n", "only here\n"]);
  expect(existsSync(join(at, "ghost.bin"))).toBe(false);
  expect(readdirSync(join(world.guestHome, "workspace"))).toEqual(["shop-work"]);
});

test("what no save names any more goes when one is dropped, and what another names stays", async () => {
  add("b.bin", "only here\n");
  const first = await save(world);
  add("c.bin", "later\n");
  git(at, "rm", "-q", "b.bin");
  const second = await save(world);
  await dropTrash(world.ctx, { ids: [first.id] }, true);
  expect([kept("only here\n"), kept("later\n")].map((path) => existsSync(path))).toEqual([false, true]);
  expect((second.large ?? []).map(({ oid }) => oid)).toContain(idOf("from the host\n"));
  expect(existsSync(kept("from the host\n"))).toBe(true);
  // A record that cannot be read may name any of them.
  writeFileSync(join(vault().directory, "saves", `${second.id}.json`), "{");
  const third = await save(world);
  await dropTrash(world.ctx, { ids: [third.id] }, true);
  expect(existsSync(kept("later\n"))).toBe(true);
});
