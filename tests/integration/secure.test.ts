// What `destroy` does before the VM goes, over real git and a real sshd: everything of the agent's is brought home.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { listSaves, saveDirectory } from "../../src/domain/vault/records.ts";
import type { Save } from "../../src/domain/vault/save.ts";
import { dropTrash } from "../../src/domain/vault/trash.ts";
import { secureVm } from "../../src/domain/vm/secure.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createRepository, createWorld, git, read, refused, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await pushToWorkspace(world.ctx, "work");
});
afterEach(() => world.remove());

const secure = async (ctx: Context = world.ctx) => secureVm(ctx, await world.ctx.target(), "Delete it?");
const inWorkspaces = () => readdirSync(join(world.guestHome, "workspace")).sort();
const atHome = (...rest: string[]) => join(world.guestHome, ...rest);

/** The files of a save that is a tar, unpacked. */
function unpacked(save: Save): string {
  const to = join(world.hostHome, `out-${save.id}`);
  mkdirSync(to);
  execFileSync("tar", ["-xf", join(saveDirectory(world.ctx, save), "files.tar"), "-C", to]);
  return to;
}

function interfering(when: RegExp, what: () => void | Promise<void>): Context {
  let done = false;
  const run: Context["run"] = async (argv, options) => {
    if (!done && when.test(`${argv.join(" ")} ${String(options?.input ?? "")}`)) {
      done = true;
      await what();
    }
    return world.ctx.run(argv, options);
  };
  return { ...world.ctx, run };
}

test("workspaces, unknown directories and other repositories are saved; logins and transcripts are named", async () => {
  commit(world.at("shop-work"), { "a.txt": "1" });
  write(world.at("mystery dir"), "x.txt", "x\n");
  write(world.at("-e"), "y.txt", "y\n");
  createRepository(atHome("src/a/deep"));
  createRepository(atHome("src/a/deep/inner"));
  createRepository(atHome("src/a/b/too-deep"));
  createRepository(atHome(".cache/tool"));
  execFileSync("git", ["init", "-q", "--bare", atHome("bare.git")]);
  write(world.guestHome, ".claude/.credentials.json", "{}");
  write(world.guestHome, ".claude/projects/a.jsonl", "{}");
  write(world.guestHome, ".local/share/containers/storage/volumes/db/x", "x");

  const { saves } = await secure();
  expect(saves.map((save) => save.dir).sort()).toEqual([
    "bare.git",
    "shop-work",
    "src/a/deep",
    "workspace/-e",
    "workspace/mystery dir",
  ]);
  expect((await listSaves(world.ctx)).map((one) => one.id).sort()).toEqual(saves.map((one) => one.id).sort());
  const byDir = (dir: string) => unpacked(saves.find((save) => save.dir === dir) as Save);
  expect(read(byDir("workspace/mystery dir"), "workspace/mystery dir/x.txt")).toBe("x\n");
  expect(read(byDir("src/a/deep"), "src/a/deep/inner/README.md")).toBe("hello\n");
  const said = world.said.join("\n");
  for (const named of [
    "branch work at",
    "~/workspace/mystery dir (",
    "login: ~/.claude/.credentials.json",
    "transcripts: ~/.claude/projects",
    "volumes of containers: ~/.local/share/containers/storage/volumes",
  ]) {
    expect(said).toContain(named);
  }
  expect(said).not.toContain("too-deep");
  // Renamed away, so that nobody opens it by its path until the VM is stopped.
  expect(inWorkspaces()).toContain(".agent-vm.leaving.shop-work");
});

test("when the VM is not deleted after all, the workspaces have their names again", async () => {
  const { undo } = await secure();
  await undo();
  expect(inWorkspaces()).toEqual(["shop-work"]);
});

test("what an interrupted command of ours has left is nobody's work", async () => {
  for (const kind of ["new", "trash", "save", "half", "given"])
    write(world.at(`.agent-vm.${kind}.shop-other`), "x", "x\n");
  const { saves } = await secure();
  expect(saves).toEqual([]);
  expect(world.said.join("\n")).not.toContain("shop-other");
});

test("a workspace that is no repository any more is kept as it is", async () => {
  rmSync(world.at("shop-work", ".git"), { recursive: true });
  const { saves } = await secure();
  expect(saves.map((save) => save.dir)).toEqual(["workspace/shop-work"]);
  expect(read(unpacked(saves[0] as Save), "workspace/shop-work/README.md")).toBe("hello\n");
});

test.each([
  ["another repository's", "f".repeat(32), "belongs to another repository"],
  ["no", undefined, "does not say which repository"],
])("a workspace with %s mark is saved, also when the host has it all", async (_, mark, said) => {
  const key = "agent-vm.repository";
  git(world.at("shop-work"), "config", ...(mark === undefined ? ["--unset", key] : [key, mark]));
  const { saves } = await secure();
  expect(saves.map((save) => [save.dir, save.mark])).toEqual([["shop-work", mark]]);
  expect(world.said.join("\n")).toContain(said);
});

test("a save that is dropped meanwhile takes nothing of this one with it", async () => {
  write(world.at("one"), "x.txt", "x\n");
  const { saves, undo } = await secure();
  await undo();
  rmSync(world.at("one"), { recursive: true });
  write(world.at("two"), "y.txt", "y\n");
  let dropping: Promise<unknown> = Promise.resolve();
  let begun = false;
  const run: Context["run"] = async (argv, options) => {
    const result = await world.ctx.run(argv, options);
    if (options?.into && !begun) {
      begun = true;
      // What is packed has arrived; the record is not written yet.
      dropping = dropTrash(world.ctx, { ids: saves.map((one) => one.id) }, true);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return result;
  };
  await secure({ ...world.ctx, run });
  await dropping;
  const kept = await listSaves(world.ctx);
  expect(kept.map((one) => one.dir)).toEqual(["workspace/two"]);
  expect(read(unpacked(kept[0] as Save), "workspace/two/y.txt")).toBe("y\n");
});

describe("nothing is deleted when", () => {
  test("an unknown directory cannot be read", async () => {
    write(world.at("mystery"), "x.txt", "x\n");
    execFileSync("chmod", ["0", world.at("mystery", "x.txt")]);
    const error = await refused(secure());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toContain("~/workspace/mystery could not be saved");
    expect(inWorkspaces()).toEqual(["mystery", "shop-work"]);
    expect(await listSaves(world.ctx)).toEqual([]);
  });

  test("an unknown directory changes after it was saved", async () => {
    write(world.at("mystery"), "x.txt", "x\n");
    const error = await refused(
      secure(interfering(/exit 66; fi/, () => write(world.at("mystery"), "x.txt", "new\n"))),
    );
    expect(error.details).toEqual(["~/workspace/mystery"]);
    expect(inWorkspaces()).toEqual(["mystery", "shop-work"]);
  });

  test.each([
    [
      "a directory beside the workspaces",
      "~/workspace/cloned",
      () => write(world.at("cloned"), "x.txt", "x\n"),
    ],
    ["a repository in the home", "~/proj", () => void createRepository(atHome("proj"))],
    [
      "a workspace",
      "~/workspace/shop-second",
      async () => void commit(world.at((await prepareWorkspace(world.ctx, "second")).dir), { "b.txt": "1" }),
    ],
  ])("%s is made after the rest was looked at", async (_, title, make) => {
    commit(world.at("shop-work"), { "a.txt": "1" });
    const error = await refused(secure(interfering(/refs\/save\/\*:refs\/saves/, make)));
    expect(error).toMatchObject({ exit: EXIT.refused, details: [title] });
    expect(error.message).toContain("Something new");
    expect(inWorkspaces()).toContain("shop-work");
  });

  test("a process works in an unknown directory", async () => {
    mkdirSync(world.at("mystery"));
    const child = spawn("sleep", ["600"], { cwd: world.at("mystery"), stdio: "ignore" });
    try {
      const error = await refused(secure());
      expect(error.details).toEqual([`mystery: sleep (process ${child.pid})`]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("nobody agrees", async () => {
    write(world.at("mystery"), "x.txt", "x\n");
    const error = await refused(secure({ ...world.ctx, flags: { yes: false } }));
    expect(error.exit).toBe(EXIT.refused);
    expect(await listSaves(world.ctx)).toEqual([]);
  });

  test("the connection is cut", async () => {
    write(world.at("mystery"), "x.txt", "x\n");
    await refused(secure(interfering(/sha256sum/, () => world.stopGuest())));
    expect(existsSync(world.at("mystery", "x.txt"))).toBe(true);
    expect(inWorkspaces()).toEqual(["mystery", "shop-work"]);
    expect(await listSaves(world.ctx)).toEqual([]);
  });
});
