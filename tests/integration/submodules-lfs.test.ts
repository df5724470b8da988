// Git LFS in submodules, both ways over real git, git-lfs and sshd: into the submodules' own stores, and out of them.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { fetchSummary } from "../../src/domain/sync/fetch/fetch-text.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { listWorkspaces } from "../../src/domain/workspace/registry.ts";
import { examine } from "../../src/domain/workspace/unsaved.ts";
import { commit, createRepository, createWorld, git, read, refused, type World, write } from "./guest.ts";
import { ATTRIBUTES, configIn, setUpLfs, storedIn as stored } from "./large-files.ts";

let world: World;
const LOCAL = ["-c", "protocol.file.allow=always"];
const PATH = "libs/a lib";
const onHost = (...rest: string[]) => join(world.repo, PATH, ...rest);
const inGuest = (...rest: string[]) => world.at("shop-work", PATH, ...rest);
const clone = () => join(world.repo, ".git/modules", PATH);
const there = () => world.at("shop-work", ".git/modules", PATH);
const push = () => pushToWorkspace(world.ctx, "work");
const fetch = async () => fetchSummary(await fetchBranch(world.ctx, "work", { acceptRisk: true })).join("\n");
const said = () => world.said.join("\n");
const clean = (directory: string) => expect(git(directory, "status", "--porcelain")).toBe("");
const unsaved = async () => {
  const all = await listWorkspaces(world.ctx);
  const { examined } = await examine(world.ctx, await world.ctx.target(), all);
  return examined[0]?.lines;
};

/** The host's branch `work` has a submodule with the large file a.bin. */
beforeEach(async () => {
  world = await createWorld();
  const library = createRepository(join(world.hostHome, "library"));
  git(world.repo, "checkout", "-q", "-b", "work");
  git(world.repo, ...LOCAL, "submodule", "--quiet", "add", "--", library, PATH);
  setUpLfs(configIn(world.guestHome), join(clone(), "config"));
  // Whoever asks a server gets nothing.
  git(onHost(), "remote", "set-url", "origin", "ssh://git@127.0.0.1:1/library.git");
  work(onHost(), { ...ATTRIBUTES, "a.bin": "one\n" });
});
afterEach(() => world.remove());

/** A commit in the submodule, and one that records it. */
function work(directory: string, files: Record<string, string>): string {
  const oid = commit(directory, files, "in the submodule");
  const above = directory.slice(0, -PATH.length);
  git(above, "add", "-A");
  git(above, "commit", "-q", "-m", "record it");
  return oid;
}

test("a push brings the files themselves, those of later commits too, and to the submodule's own store", async () => {
  await push();
  expect(read(inGuest(), "a.bin")).toBe("one\n");
  expect(existsSync(stored(there(), "one\n"))).toBe(true);
  work(onHost(), { "a.bin": "two\n" });
  work(onHost(), { "a.bin": "three\n" });
  await push();
  expect(read(inGuest(), "a.bin")).toBe("three\n");
  for (const directory of [inGuest(), world.at("shop-work")]) clean(directory);
  git(inGuest(), "checkout", "-q", "HEAD~1");
  expect(read(inGuest(), "a.bin")).toBe("two\n");
  expect(existsSync(world.at("shop-work", ".git/lfs"))).toBe(false);
  expect(said()).not.toContain("LFS");
  // The scan for secrets looks behind pointers here, too.
  work(onHost(), { "keys.bin": `${["AKIA", "QX3MPLR7VTWZ2NDK"].join("")}\n` });
  expect((await refused(push())).details.join()).toContain("keys.bin");
  expect(existsSync(inGuest("keys.bin"))).toBe(false);
});

test("what the clone's store lacks stays a pointer, is named with what to type, and follows later", async () => {
  const away = join(world.hostHome, "away");
  renameSync(stored(clone(), "one\n"), away);
  await push();
  expect(read(inGuest(), "a.bin")).toContain("oid sha256:");
  expect(said()).toContain(`Submodule ${PATH}: The content of 1 large file`);
  expect(said()).toContain(`git -C '${PATH}' lfs fetch`);
  clean(inGuest());
  renameSync(away, stored(clone(), "one\n"));
  await push();
  expect(read(inGuest(), "a.bin")).toBe("one\n");
  clean(inGuest());
});

test("a fetch brings the content into the clone's store, and the host's files follow with it", async () => {
  await push();
  work(inGuest(), { "a.bin": "two, from the VM\n", "new.bin": "new\n" });
  work(inGuest(), { "new.bin": "newer\n" });
  expect(await fetch()).toContain("its files followed");
  expect(read(onHost(), "a.bin")).toBe("two, from the VM\n");
  expect(read(onHost(), "new.bin")).toBe("newer\n");
  expect(readFileSync(stored(clone(), "new\n"), "utf8")).toBe("new\n");
  for (const directory of [onHost(), world.repo]) clean(directory);
  expect(existsSync(join(world.repo, ".git/lfs"))).toBe(false);
  expect(await unsaved()).toEqual([]);
});

test("files stay when an object is nowhere", async () => {
  await push();
  work(inGuest(), { "a.bin": "lost\n" });
  write(inGuest(), "a.bin", `${git(inGuest(), "show", "HEAD:a.bin")}\n`);
  rmSync(stored(there(), "lost\n"));
  expect(await fetch()).toContain(
    "its files stay, for it has large files (Git LFS) whose content is neither",
  );
  expect(said()).toContain(`Submodule ${PATH}: The content of 1 large file (Git LFS) that the commits name`);
  expect(read(onHost(), "a.bin")).toBe("one\n");
});

test("without a clone on the host the content is kept in its own repository's store", async () => {
  await push();
  git(world.repo, "submodule", "--quiet", "deinit", "-f", "--all");
  rmSync(clone(), { recursive: true });
  work(inGuest(), { "a.bin": "two\n" });
  await fetch();
  expect(existsSync(stored(join(world.repo, ".git"), "two\n"))).toBe(true);
});

test("clean finds what only the VM has, saves it, and restore puts it back", async () => {
  await push();
  expect(await unsaved()).toEqual([]);
  // One that is not checked out any more, and a commit that names an object beside its branch.
  work(inGuest(), { "b.bin": "only here\n" });
  const lines = () => unsaved().then((all) => all?.join("\n"));
  expect(await lines()).toContain(`in the submodule ${PATH}: large files (Git LFS) the host has not: 1`);
  git(inGuest(), "branch", "-q", "keep");
  git(world.at("shop-work"), "submodule", "--quiet", "deinit", "-f", "--all");
  expect(await lines()).toContain(`in the submodule ${PATH}: large files (Git LFS) the host has not: 1`);
  git(world.at("shop-work"), "submodule", "--quiet", "update", "--init");
  await cleanBranch(world.ctx, "work", false);
  await restore(world.ctx, { branch: "work" });
  expect(readFileSync(stored(there(), "only here\n"), "utf8")).toBe("only here\n");
  expect([read(inGuest(), "a.bin"), read(inGuest(), "b.bin")]).toEqual(["one\n", "only here\n"]);
  clean(inGuest());
});

test("its files stay where git would have to ask a git-lfs that is not on the host, and that is said", async () => {
  await push();
  work(inGuest(), { "a.bin": "two\n" });
  const programs = join(world.hostHome, "programs");
  mkdirSync(programs);
  for (const from of (process.env["PATH"] ?? "").split(":").filter(existsSync))
    for (const name of readdirSync(from))
      if (name !== "git-lfs" && !existsSync(join(programs, name))) {
        rmSync(join(programs, name), { force: true });
        symlinkSync(join(from, name), join(programs, name));
      }
  // Another time than the index has: git looks into the file.
  utimesSync(onHost("a.bin"), 1, 1);
  const ctx = { ...world.ctx, env: { ...world.ctx.env, PATH: programs } };
  const text = fetchSummary(await fetchBranch(ctx, "work", { acceptRisk: true })).join("\n");
  expect(`${text}${said()}`).toContain(
    "git-lfs, which git must ask about its files, is not set up on this host",
  );
  expect(read(onHost(), "a.bin")).toBe("one\n");
});
