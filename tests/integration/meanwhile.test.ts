// What is told and known when something happens meanwhile, or was cut off: over real git and a real sshd.
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { showDiff } from "../../src/domain/sync/show/diff.ts";
import { describeWorkspaces } from "../../src/domain/workspace/describe.ts";
import { prepareWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createWorld, git, read, refused, type World, write } from "./guest.ts";
import { remove, save } from "./saving.ts";

let world: World;
let at: string;
beforeEach(async () => {
  world = await createWorld();
  at = world.at((await prepareWorkspace(world.ctx, "work")).dir);
});
afterEach(() => world.remove());

const status = async () => (await describeWorkspaces(world.ctx, await world.ctx.target()))[0];
const synced = () =>
  git(world.repo, "for-each-ref", "--format=%(objectname)", "refs/agent-vm/shop-work/synced/");
const onHost = () => git(world.repo, "checkout", "-q", "work");

describe("a branch of the host that cannot move after its files did", () => {
  /** Runs `meddle` once, just before the branch moves. */
  const meddling = (meddle: () => void): Context => {
    let done = false;
    const run: Context["run"] = (argv, options) => {
      if (!done && String(options?.input ?? "").startsWith("update refs/heads/work")) {
        done = true;
        meddle();
      }
      return world.ctx.run(argv, options);
    };
    return { ...world.ctx, run };
  };

  test("and whose files were edited in that moment: both are told, and the way out works", async () => {
    onHost();
    const before = git(world.repo, "rev-parse", "work");
    const inside = commit(at, { "a.txt": "1\n" });
    const lock = join(world.repo, ".git/refs/heads/work.lock");
    const ctx = meddling(() => {
      write(world.repo, "a.txt", "mine\n");
      write(world.repo, ".git/refs/heads/work.lock", "");
    });
    const error = await refused(fetchBranch(ctx, "work"));
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toContain("was not moved, but the files");
    expect(error.details.join("\n")).toMatch(/work\.lock[\s\S]*a\.txt/);
    expect(git(world.repo, "rev-parse", "work")).toBe(before);
    rmSync(lock);
    git(world.repo, "reset", "-q", "--keep", /reset --keep ([0-9a-f]+)/.exec(error.hint ?? "")?.[1] ?? "");
    expect(git(world.repo, "rev-parse", "work")).toBe(inside);
    expect(read(world.repo, "a.txt")).toBe("mine\n");
  });
});

describe("a workspace whose deletion was cut off", () => {
  beforeEach(() => {
    commit(at, { "b.txt": "1\n" });
    renameSync(at, world.at(".agent-vm.leaving.shop-work"));
  });

  const screen = { terminal: false, columns: 80, stdout: new PassThrough() };
  const show = () => showDiff(world.ctx, "work", { committed: false, form: "patch" }, screen);

  test("is told by status and diff, which change nothing", async () => {
    expect(await status()).toMatchObject({ state: "leaving", branch: "work" });
    expect((await refused(show())).message).toContain("was interrupted");
    expect(await status()).toMatchObject({ state: "leaving" });
  });

  test("comes back with fetch", async () => {
    expect(await fetchBranch(world.ctx, "work")).toMatchObject({ gained: 1 });
    expect(world.said.join("\n")).toContain("was interrupted; it is back in its place");
    expect(await status()).toMatchObject({ state: "present" });
  });
});

describe("another branch that the user checks out", () => {
  /** Before the look at HEAD that is the `turn`th: one before the files move, one after. */
  const switching = (turn: number): Context => {
    let looks = 0;
    const run: Context["run"] = (argv, options) => {
      if (argv.slice(-3).join(" ") === "symbolic-ref -q HEAD" && ++looks === turn)
        git(world.repo, "symbolic-ref", "HEAD", "refs/heads/main");
      return world.ctx.run(argv, options);
    };
    return { ...world.ctx, run };
  };

  test.each([
    ["before its files move", 1],
    ["just after they moved", 2],
  ])("%s has the files as they were, and no branch moves", async (_, turn) => {
    onHost();
    const before = git(world.repo, "rev-parse", "work", "main");
    commit(at, { "a.txt": "1\n" });
    const error = await refused(fetchBranch(switching(turn), "work", { acceptRisk: true }));
    expect(error.message).toContain("has another branch checked out by now");
    expect(git(world.repo, "rev-parse", "work", "main")).toBe(before);
    expect(git(world.repo, "symbolic-ref", "HEAD")).toBe("refs/heads/main");
    expect(git(world.repo, "status", "--porcelain")).toBe("");
    await fetchBranch(world.ctx, "work", { acceptRisk: true });
    expect(git(world.repo, "rev-parse", "work")).toBe(git(at, "rev-parse", "HEAD"));
  });
});

describe("which commit both sides had", () => {
  test("is forgotten with the workspace; what was fetched of it stays", async () => {
    const inside = commit(at, { "w.txt": "1\n" });
    await fetchBranch(world.ctx, "work");
    expect(synced()).toBe(inside);
    await cleanBranch(world.ctx, "work", false);
    expect(synced()).toBe("");
    expect(git(world.repo, "rev-parse", "refs/agent-vm/shop-work/heads/work")).toBe(inside);
  });

  test("is kept in the vault when nothing else names it", async () => {
    const first = git(at, "rev-parse", "HEAD");
    commit(world.repo, { "other.txt": "1\n" });
    git(
      world.repo,
      "update-ref",
      "refs/agent-vm/shop-work/heads/work",
      git(world.repo, "commit-tree", "-m", "x", "HEAD^{tree}"),
    );
    await cleanBranch(world.ctx, "work", true);
    const vaults = join(world.ctx.paths.sharedState, "vault");
    const id = git(world.repo, "config", "agent-vm.id");
    const kept = git(
      join(vaults, id, "objects.git"),
      "for-each-ref",
      "--format=%(objectname)",
      "refs/previous/",
    );
    expect(kept).toBe(first);
  });

  test.each([
    ["deleted with the VM", () => remove(world)],
    ["cleaned", () => cleanBranch(world.ctx, "work", false)],
  ])(
    "is the older one when the newer workspace was %s and an older save comes back: it was not rewritten, and can be merged",
    async (_, away) => {
      commit(at, { "w.txt": "1\n" });
      const older = await save(world);
      await remove(world);
      onHost();
      commit(world.repo, { "h.txt": "1\n" });
      await prepareWorkspace(world.ctx, "work");
      await away();
      await restore(world.ctx, { save: older.id });
      expect((await status())?.verdict).toMatchObject({ kind: "diverged", host: 1, workspace: 1 });
      expect(await fetchBranch(world.ctx, "work", { way: { how: "merge" } })).toMatchObject({ gained: 1 });
    },
  );

  test("is known again when the save comes back", async () => {
    const first = synced();
    commit(at, { "w.txt": "1\n" });
    await cleanBranch(world.ctx, "work", false);
    await restore(world.ctx, { branch: "work" });
    expect(synced()).toBe(first);
  });
});
