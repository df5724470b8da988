// Whose repository is it: ids that survive a move, are shared by worktrees and never by two clones.
import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { lastSeen } from "../../../../src/domain/workspace/identity.ts";
import { findRepository, repositoryPlaces } from "../../../../src/domain/workspace/repository.ts";
import { contextIn, git, newHome } from "./a-host.ts";

let home: string;
let ctx: Context;
const at = (name: string) => join(home, name);
const idAt = async (name: string) => (await findRepository({ ...ctx, cwd: at(name) })).id;
const create = (name: string) => {
  git(home, "init", "-q", at(name));
  git(at(name), "commit", "-q", "--allow-empty", "-m", "first");
};

beforeEach(() => {
  home = newHome();
  ctx = contextIn(home);
  create("shop");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe("a repository's id", () => {
  test("stays at a move and a change of name, and the new place is noted", async () => {
    const id = await idAt("shop");
    mkdirSync(at("far/away"), { recursive: true });
    renameSync(at("shop"), at("far/away/store"));
    expect(await lastSeen(ctx, id)).toBeUndefined();
    expect(await idAt("far/away/store")).toBe(id);
    expect(await lastSeen(ctx, id)).toBe(at("far/away/store/.git"));
  });

  test("is a new one for a copy while the original exists, and the original keeps its own", async () => {
    const id = await idAt("shop");
    cpSync(at("shop"), at("copy"), { recursive: true });
    const copied = await idAt("copy");
    expect(copied).not.toBe(id);
    expect(await idAt("shop")).toBe(id);
    expect(await idAt("copy")).toBe(copied);
    expect(await lastSeen(ctx, id)).toBe(at("shop/.git"));
  });

  test("is another for each clone of one upstream", async () => {
    git(home, "clone", "-q", at("shop"), at("one"));
    git(home, "clone", "-q", at("shop"), at("two"));
    expect(new Set([await idAt("shop"), await idAt("one"), await idAt("two")]).size).toBe(3);
  });

  test("is shared by linked worktrees, also by one that is moved", async () => {
    git(at("shop"), "worktree", "add", "-q", at("linked"));
    const id = await idAt("linked");
    expect(await idAt("shop")).toBe(id);
    git(at("shop"), "worktree", "move", at("linked"), at("elsewhere"));
    expect(await idAt("elsewhere")).toBe(id);
  });

  test("is not that of the clone which lay there before", async () => {
    const old = await idAt("shop");
    rmSync(at("shop"), { recursive: true });
    create("shop");
    expect(await idAt("shop")).not.toBe(old);
    expect(await lastSeen(ctx, old)).toBeUndefined();
  });

  test("comes back with a repository that was put aside for a while", async () => {
    const old = await idAt("shop");
    renameSync(at("shop"), at("aside"));
    create("shop");
    const other = await idAt("shop");
    expect(await idAt("aside")).toBe(old);
    expect(await lastSeen(ctx, other)).toBe(at("shop/.git"));
  });

  test("is the same through a link, and by another path of the same directory", async () => {
    const id = await idAt("shop");
    symlinkSync(at("shop"), at("link"));
    expect(await idAt("link")).toBe(id);
    // The place that was noted is a second way to the same directory.
    renameSync(at("shop"), at("real"));
    symlinkSync(at("real"), at("shop"));
    expect(await idAt("real")).toBe(id);
  });

  test.each(["short", "../../../etc", "g".repeat(32), `${"a".repeat(32)}x`, ""])(
    "that was not made by this tool is replaced: %j",
    async (text) => {
      git(at("shop"), "config", "agent-vm.id", text);
      expect(await idAt("shop")).toMatch(/^[0-9a-f]{32}$/);
    },
  );

  test("is kept when the list of places is lost", async () => {
    const id = await idAt("shop");
    rmSync(ctx.paths.sharedState, { recursive: true });
    expect(await idAt("shop")).toBe(id);
    expect(await lastSeen(ctx, id)).toBe(at("shop/.git"));
  });
});

describe("where repositories lie", () => {
  test("is known of those that were moved, to a command called from within", async () => {
    const id = await idAt("shop");
    renameSync(at("shop"), at("store"));
    expect(await repositoryPlaces(ctx, [id])).toEqual(new Map());
    const inside = { ...ctx, cwd: at("store") };
    expect(await repositoryPlaces(inside, [id])).toEqual(new Map([[id, at("store/.git")]]));
    expect(await repositoryPlaces(ctx, [id])).toEqual(new Map([[id, at("store/.git")]]));
  });

  test("is asked without giving an id to a repository that has none", async () => {
    const unknown = "f".repeat(32);
    expect(await repositoryPlaces({ ...ctx, cwd: at("shop") }, [unknown])).toEqual(new Map());
    expect(() => git(at("shop"), "config", "agent-vm.id")).toThrow();
    expect(await repositoryPlaces({ ...ctx, cwd: at("nowhere") }, [unknown])).toEqual(new Map());
  });

  test("does not take a copy for the original", async () => {
    const id = await idAt("shop");
    cpSync(at("shop"), at("copy"), { recursive: true });
    await repositoryPlaces({ ...ctx, cwd: at("copy") }, ["f".repeat(32)]);
    expect(await lastSeen(ctx, id)).toBe(at("shop/.git"));
  });
});
