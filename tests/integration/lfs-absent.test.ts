// Git LFS where git-lfs is missing, in the VM or on the host: pointers stay, it is said, and later the content comes.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UNFILLED } from "../../src/domain/lfs/guest/objects.ts";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { commit, createWorld, git, read, refused, type World } from "./guest.ts";
import { ATTRIBUTES, configOf, setUpLfs } from "./large-files.ts";

let world: World;

beforeEach(async () => {
  world = await createWorld();
  setUpLfs(configOf(world.repo));
  git(world.repo, "checkout", "-q", "-b", "work");
  commit(world.repo, { ...ATTRIBUTES, "a.bin": "one\n" });
});
afterEach(() => world.remove());

const at = () => world.at("shop-work");
const said = () => world.said.join("\n");

/** A directory with every program of PATH but git-lfs. */
function programsWithoutLfs(): string {
  const directory = join(world.guestHome, "programs");
  mkdirSync(directory);
  for (const from of (process.env["PATH"] ?? "").split(":").filter((one) => existsSync(one))) {
    for (const name of readdirSync(from)) {
      if (name === "git-lfs" || existsSync(join(directory, name))) continue;
      try {
        symlinkSync(join(from, name), join(directory, name));
      } catch {
        // A link that leads nowhere took the name.
      }
    }
  }
  return directory;
}

async function guestPath(path: string | undefined): Promise<void> {
  const { configFile } = await world.ctx.target();
  const file = join(dirname(configFile), "sshd_config");
  const set = `SetEnv HOME=${world.guestHome}`;
  const lines = readFileSync(file, "utf8").split("\n");
  const changed = lines.map((line) => (line.startsWith(set) ? `${set}${path ? ` PATH=${path}` : ""}` : line));
  world.stopGuest();
  writeFileSync(file, changed.join("\n"));
  await world.startGuest();
}

test("not in the VM: a push says so, and the next one after it was installed brings the files", async () => {
  await guestPath(programsWithoutLfs());
  await pushToWorkspace(world.ctx, "work");
  expect(said()).toContain("git-lfs is not in the VM: large files are pointers in the workspace.");
  expect(said()).toContain("agent-vm upgrade, then: agent-vm push work");
  expect(read(at(), "a.bin")).toContain("oid sha256:");
  expect(git(at(), "status", "--porcelain")).toBe("");
  commit(world.repo, { "b.bin": "two\n" });
  world.said.length = 0;
  await pushToWorkspace(world.ctx, "work");
  expect(said()).toContain("git-lfs is not in the VM");
  expect(read(at(), "b.bin")).toContain("oid sha256:");
  expect(existsSync(join(at(), ".git/lfs", UNFILLED))).toBe(true);

  await guestPath(undefined);
  world.said.length = 0;
  await pushToWorkspace(world.ctx, "work");
  expect([read(at(), "a.bin"), read(at(), "b.bin")]).toEqual(["one\n", "two\n"]);
  expect(git(at(), "status", "--porcelain")).toBe("");
  expect(said()).not.toContain("git-lfs");
  // Nothing is left to do for the next one.
  expect(existsSync(join(at(), ".git/lfs", UNFILLED))).toBe(false);
});

test("not on the host: a fetch leaves branch and files alone, and says what to install", async () => {
  await pushToWorkspace(world.ctx, "work");
  commit(at(), { "a.bin": "two\n" });
  // A file of the same second as the index is one that git itself asks its filter about.
  utimesSync(join(world.repo, "a.bin"), 1, 1);
  git(world.repo, "update-index", "--refresh");
  const before = git(world.repo, "rev-parse", "work");
  const ctx = { ...world.ctx, env: { ...world.ctx.env, PATH: programsWithoutLfs() } };
  const error = await refused(fetchBranch(ctx, "work", { acceptRisk: true }));
  expect(error.message).toContain("git-lfs is not set up on this host");
  expect(error.hint).toContain("apt-get install git-lfs");
  expect(git(world.repo, "rev-parse", "work")).toBe(before);
  expect(read(world.repo, "a.bin")).toBe("one\n");
  await fetchBranch(world.ctx, "work", { acceptRisk: true });
  expect(read(world.repo, "a.bin")).toBe("two\n");
});

test("not on the host: it is told, too, where git would have to ask it whether a file was changed", async () => {
  await pushToWorkspace(world.ctx, "work");
  commit(at(), { "a.bin": "two\n" });
  // Another time than the index has: git looks into the file.
  utimesSync(join(world.repo, "a.bin"), 1, 1);
  const before = git(world.repo, "rev-parse", "work");
  const ctx = { ...world.ctx, env: { ...world.ctx.env, PATH: programsWithoutLfs() } };
  const error = await refused(fetchBranch(ctx, "work", { acceptRisk: true }));
  expect(error.message).toContain("git cannot tell whether files in");
  expect(error.message).toContain("git-lfs is not set up on this host");
  expect(error.hint).toContain("apt-get install git-lfs");
  expect([error.exit, git(world.repo, "rev-parse", "work")]).toEqual([4, before]);
  expect(read(world.repo, "a.bin")).toBe("one\n");
  await fetchBranch(world.ctx, "work", { acceptRisk: true });
  expect(read(world.repo, "a.bin")).toBe("two\n");
});
