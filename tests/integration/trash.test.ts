// The saves of all repositories: listed, dropped only with consent, and their space given back.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sizeText } from "../../src/domain/consent.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { listSaves, saveDirectory, writeSave } from "../../src/domain/vault/records.ts";
import { dropTrash, listTrash } from "../../src/domain/vault/trash.ts";
import { trashJson, trashRows } from "../../src/domain/vault/trash-text.ts";
import { vaultPath } from "../../src/domain/vault/vault.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createRepository, createWorld, git, refused, type World, write } from "./guest.ts";
import { remove, save, seen } from "./saving.ts";

let world: World;
let at: string;
beforeEach(async () => {
  world = await createWorld();
  await pushToWorkspace(world.ctx, "work");
  at = world.at("shop-work");
});
afterEach(() => world.remove());

const drop = (ids: string[], force = true, olderThan?: string) =>
  dropTrash(world.ctx, { ids, olderThan }, force);
const kibOf = (directory: string) =>
  Number(execFileSync("du", ["-sk", directory], { encoding: "utf8" }).split("\t")[0]);

test("the list says what each save holds, of every repository", async () => {
  expect(await listTrash(world.ctx)).toEqual([]);
  commit(at, { "a.txt": "1\n" });
  commit(at, { "a.txt": "2\n" });
  git(at, "branch", "other");
  commit(at, { "a.txt": "3\n" });
  git(at, "reset", "-q", "--hard", "HEAD~1");
  for (const text of ["s1\n", "s2\n"]) {
    write(at, "a.txt", text);
    git(at, "stash", "-q");
  }
  write(at, "a.txt", "changed\n");
  write(at, "new\n.txt", "untracked\n");
  write(at, ".env", "ignored\n");
  write(at, "node_modules/x/y.js", "made again\n");
  const first = await save(world, "destroy");
  const tool = createRepository(join(world.hostHome, "tool"));
  const second = { ...world, ctx: { ...world.ctx, cwd: tool } };
  await pushToWorkspace(second.ctx, "feature/ä");
  const other = await save(second, "clean", "feature/ä");
  const all = await listTrash(world.ctx);
  expect(all.map((one) => one.save.id)).toEqual([first.id, other.id].sort());
  const { rows } = trashRows(all, sizeText);
  const row = rows.find((one) => one[0] === first.id);
  expect(row?.slice(2, 6)).toEqual(["shop", "work", "destroy", "3 commits, 2 stashes, 3 files"]);
  expect(rows.find((one) => one[0] === other.id)?.slice(2, 6)).toEqual([
    "tool",
    "feature/ä",
    "clean",
    "nothing the host has not",
  ]);
  expect(trashJson(all)).toMatchObject({
    schema: 1,
    saves: expect.arrayContaining([
      expect.objectContaining({
        id: first.id,
        branch: "work",
        commits: 3,
        stashes: 2,
        files: 3,
        regenerable: 1,
      }),
    ]),
  });
});

test("dropping needs a yes on a terminal, or --force", async () => {
  write(at, "new.txt", "n\n");
  const { id } = await save(world);
  const error = await refused(drop([id], false));
  expect(error.exit).toBe(EXIT.refused);
  expect(error.hint).toContain("--force");
  expect(error.details.join()).toContain("1 file");
  const ask = (answer: boolean) => ({
    ...world.ctx,
    confirm: { possible: true, ask: async () => answer },
  });
  expect((await refused(dropTrash(ask(false), { ids: [id] }, false))).exit).toBe(EXIT.refused);
  expect(await listSaves(world.ctx)).toHaveLength(1);
  await dropTrash(ask(true), { ids: [id] }, false);
  expect(await listSaves(world.ctx)).toEqual([]);
});

test("only what was named goes, with its space, and the rest can still be restored", async () => {
  write(at, "big", randomBytes(4_000_000).toString("hex"));
  write(at, "nested/f", "f\n");
  git(join(at, "nested"), "init", "-q");
  const large = await save(world);
  execFileSync("rm", ["-rf", join(at, "big"), join(at, "nested")]);
  commit(at, { "a.txt": "1\n" });
  write(at, "small", "s\n");
  const before = seen(at);
  const small = await save(world);
  await remove(world);
  const vault = vaultPath(world.ctx, large.repoId);
  const full = kibOf(vault.directory);

  expect((await refused(drop(["20260101-000000-0000"]))).exit).toBe(EXIT.usage);
  expect((await refused(drop([]))).exit).toBe(EXIT.usage);
  await drop([large.id]);
  expect(kibOf(vault.directory)).toBeLessThan(full - 3000);
  expect(existsSync(saveDirectory(world.ctx, large))).toBe(false);
  expect(git(vault.gitDir, "for-each-ref", `refs/saves/${large.id}/`)).toBe("");
  git(vault.gitDir, "fsck", "--no-dangling");
  expect((await listSaves(world.ctx)).map((one) => one.id)).toEqual([small.id]);
  await restore(world.ctx, { branch: "work" });
  expect(seen(at)).toEqual(before);
});

test("packs that the host's repository shares stay shared", async () => {
  const vault = vaultPath(world.ctx, (await save(world)).repoId);
  await drop((await listSaves(world.ctx)).map((one) => one.id));
  execFileSync("rm", ["-rf", vault.directory]);
  git(world.repo, "gc", "-q");
  await save(world);
  const packs = join(vault.gitDir, "objects/pack");
  const shared = () =>
    readdirSync(packs).filter((name) => name.endsWith(".pack") && statSync(join(packs, name)).nlink > 1);
  const before = shared();
  expect(before).toHaveLength(1);
  await drop((await listSaves(world.ctx)).map((one) => one.id));
  expect(shared()).toEqual(before);
  git(vault.gitDir, "fsck", "--no-dangling");
});

test("--older-than takes the old ones, and a drop that was killed is finished by the next", async () => {
  const [old, young, half] = [await save(world), await save(world), await save(world)];
  await writeSave(world.ctx, { ...old, time: "2026-01-01T00:00:00.000Z" });
  // Killed right after the record went.
  execFileSync("rm", [`${saveDirectory(world.ctx, half)}.json`]);
  expect((await refused(drop([], true, "soon"))).exit).toBe(EXIT.usage);
  await drop([], true, "3000w");
  expect(await listSaves(world.ctx)).toHaveLength(2);
  await drop([], true, "12h");
  expect((await listSaves(world.ctx)).map((one) => one.id)).toEqual([young.id]);
  const refs = git(
    vaultPath(world.ctx, old.repoId).gitDir,
    "for-each-ref",
    "--format=%(refname)",
    "refs/saves/",
  );
  expect(new Set(refs.split("\n").map((ref) => ref.split("/")[2]))).toEqual(new Set([young.id]));
});
