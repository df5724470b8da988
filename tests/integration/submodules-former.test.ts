// Submodules that only a commit on the way had: their commits are seen, saved, and come home with the branch.
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type FetchOptions, fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { fetchSummary } from "../../src/domain/sync/fetch/fetch-text.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { commit, createRepository, createWorld, git, type World } from "./guest.ts";

// Each goes several times between the two sides.
vi.setConfig({ testTimeout: 300_000 });

let world: World;
const LOCAL = ["-c", "protocol.file.allow=always"];
const inGuest = (...rest: string[]) => world.at("shop-work", ...rest);
const tip = (directory: string, ref = "HEAD") => git(directory, "rev-parse", ref);
const summary = async (options: FetchOptions = {}) =>
  fetchSummary(await fetchBranch(world.ctx, "work", { acceptRisk: true, ...options })).join("\n");
/** Whether a reference of the repository keeps the commit. */
const has = (gitDir: string, oid: string): boolean => {
  try {
    return git(gitDir, "--git-dir=.", "--work-tree=.", "for-each-ref", `--contains=${oid}`) !== "";
  } catch {
    return false;
  }
};
const own = () => join(world.repo, ".git");
const cloneOfLib = () => join(world.repo, ".git/modules/lib");

/** The host's branch `work`, checked out, with a submodule `lib`; the same in the workspace. */
beforeEach(async () => {
  world = await createWorld();
  const library = createRepository(join(world.hostHome, "library"));
  createRepository(join(world.guestHome, "extra"));
  git(world.repo, ...LOCAL, "submodule", "add", "-q", library, "lib");
  git(world.repo, "commit", "-q", "-m", "lib");
  git(world.repo, "checkout", "-q", "-b", "work");
  await pushToWorkspace(world.ctx, "work");
});
afterEach(() => world.remove());

/** A new submodule at a place of the workspace, with a commit of its own; recorded and committed there. */
function addExtra(at: string): string {
  git(at, ...LOCAL, "submodule", "add", "-q", join(world.guestHome, "extra"), "extra");
  const made = commit(join(at, "extra"), { "extra.txt": `${at}\n` });
  git(at, "commit", "-q", "-a", "-m", "with extra");
  return made;
}

test("one inside that an amended commit alone declares is seen, saved and restored, and comes home", async () => {
  git(inGuest("lib"), "checkout", "-q", "--detach");
  const made = addExtra(inGuest("lib"));
  const amended = tip(inGuest("lib"));
  git(inGuest(), "commit", "-q", "-a", "-m", "first");
  git(inGuest("lib"), "rm", "-q", "-f", "extra");
  git(inGuest("lib"), "commit", "-q", "--amend", "--allow-empty", "-m", "without extra");
  git(inGuest(), "commit", "-q", "-a", "-m", "second");
  expect(await summary({ dryRun: true })).toContain("lib/modules/extra");
  expect((await cleanBranch(world.ctx, "work", false)).saves).toHaveLength(1);
  await restore(world.ctx, { branch: "work" });
  const kept = inGuest(".git/modules/lib/modules/extra");
  expect(has(kept, made)).toBe(true);
  const said = await summary();
  expect(said).toContain(
    "Submodule lib/extra, which the workspace's commit declares no more: main came, below ",
  );
  expect([tip(world.repo, "work"), has(own(), made), has(cloneOfLib(), amended)]).toEqual([
    tip(inGuest()),
    true,
    true,
  ]);
  expect(await summary()).not.toContain("extra");
  expect((await cleanBranch(world.ctx, "work", false)).saves).toEqual([]);
});

test("one that the branch had in between comes home, one inside of it too, and the branch does not wait for it", async () => {
  const made = addExtra(inGuest());
  const deep = addExtra(inGuest("extra"));
  git(inGuest(), "commit", "-q", "-a", "-m", "with one inside");
  git(inGuest(), "rm", "-q", "-f", "extra");
  // And one of which nobody has the recorded commit any more.
  git(inGuest(), "config", "-f", ".gitmodules", "submodule.gone.path", "gone");
  git(inGuest(), "add", ".gitmodules");
  git(inGuest(), "update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},gone`);
  git(inGuest(), "commit", "-q", "-m", "gone");
  git(inGuest(), "rm", "-q", "-f", "--cached", "gone");
  git(inGuest(), "rm", "-q", "-f", ".gitmodules");
  git(inGuest(), "commit", "-q", "-m", "none of them");
  const said = await summary();
  expect(said).toMatch(/Submodule extra, which .*main came.*\n.*Submodule extra\/extra, which .*main came/);
  expect([tip(world.repo, "work"), has(own(), made), has(own(), deep)]).toEqual([tip(inGuest()), true, true]);
  expect((await cleanBranch(world.ctx, "work", false)).saves).toEqual([]);
});

test("one that moved comes home as it was recorded at its old place, too", async () => {
  git(inGuest("lib"), "checkout", "-q", "--detach");
  const made = commit(inGuest("lib"), { "a.txt": "1\n" });
  git(inGuest(), "commit", "-q", "-a", "-m", "at its old place");
  git(inGuest("lib"), "commit", "-q", "--amend", "-m", "again");
  git(inGuest(), "mv", "lib", "library");
  git(inGuest(), "commit", "-q", "-a", "-m", "at its new one");
  await summary();
  expect([tip(world.repo, "work"), has(cloneOfLib(), made)]).toEqual([tip(inGuest()), true]);
});

test("one that no commit names comes into the host's clone; without a clone it is told, and saved", async () => {
  const made = commit(inGuest("lib"), { "a.txt": "1\n" });
  git(inGuest("lib"), "branch", "-q", "kept");
  addExtra(inGuest());
  git(inGuest(), "reset", "-q", "--hard", "HEAD~");
  git(inGuest(), "rm", "-q", "-f", "lib");
  git(inGuest(), "commit", "-q", "-m", "without lib");
  const said = await summary();
  expect(said).toContain(
    "Submodule lib, which the workspace's commit declares no more: kept came, below refs/agent-vm/shop-work/heads/ of its clone.",
  );
  expect(said).toMatch(/Submodule extra, which .* stay in the workspace; clean saves them\./);
  expect([tip(world.repo, "work"), has(cloneOfLib(), made)]).toEqual([tip(inGuest()), true]);
  expect((await cleanBranch(world.ctx, "work", false)).saves).toHaveLength(1);
});
