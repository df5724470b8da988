// Chosen ignored files over real git and a real sshd: which ones travel, how, and what becomes of them.
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { type Settings, settingsSchema } from "../../src/domain/settings.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createRepository, createWorld, git, read, refused, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  commit(world.repo, { ".gitignore": ".env*\n/config/local/\nnode_modules/\nbuild\n" }, "ignored");
});
afterEach(() => world.remove());

const granting = (carry: string[], more: Partial<Settings["workspace"]> = {}): Context => ({
  ...world.ctx,
  settings: settingsSchema.parse({ workspace: { carry, ...more } }),
});
const inGuest = (...rest: string[]) => world.at("shop-work", ...rest);
const modeOf = (path: string) => statSync(inGuest(path)).mode & 0o777;
const there = (path: string) => existsSync(inGuest(path));
const said = () => world.said.join("\n");
const statusThere = () => git(inGuest(), "status", "--porcelain");

function plant(): void {
  write(world.repo, ".env.sandbox", "KEY=one\n");
  write(world.repo, "config/local/dev.yml", "a: 1\n");
  write(world.repo, "config/local/run.sh", "#!/bin/sh\n");
  chmodSync(join(world.repo, ".env.sandbox"), 0o600);
  chmodSync(join(world.repo, "config/local/run.sh"), 0o755);
}

describe("a new workspace", () => {
  test("gets what is granted, with its modes, and git there sees none of it", async () => {
    plant();
    write(world.repo, ".env.production", "KEY=real\n");
    await pushToWorkspace(granting([".env.sandbox", "config/local/*"]), "work");
    expect(read(inGuest(), ".env.sandbox")).toBe("KEY=one\n");
    expect(read(inGuest(), "config/local/dev.yml")).toBe("a: 1\n");
    expect([modeOf(".env.sandbox"), modeOf("config/local/run.sh")]).toEqual([0o600, 0o755]);
    expect(there(".env.production")).toBe(false);
    expect(statusThere()).toBe("");
    expect(said()).toMatch(/Into shop-work, as workspace.carry grants: 3 ignored files \(1 KiB\)/);
    expect(said()).toContain("carried: .env.sandbox");
    expect(said()).not.toContain("KEY=one");
  });

  test("nothing is asked of git, and nothing is sent, where nothing is granted", async () => {
    plant();
    const calls: string[] = [];
    const run: Context["run"] = (argv, options) => {
      calls.push(argv.join(" "));
      return world.ctx.run(argv, options);
    };
    await pushToWorkspace({ ...world.ctx, run }, "work");
    expect(calls.filter((line) => /--others|perl/.test(line))).toEqual([]);
    expect(there(".env.sandbox")).toBe(false);
  });

  test("what the host ignores by a rule of its own is ignored there, too", async () => {
    write(world.repo, "secrets.txt", "x");
    write(world.repo, "odd [name] #1.txt", "x");
    write(world.repo, ".git/info/exclude", "secrets.txt\nodd*\n");
    await pushToWorkspace(granting(["secrets.txt", "odd*"]), "work");
    expect(there("secrets.txt") && there("odd [name] #1.txt")).toBe(true);
    expect(statusThere()).toBe("");
  });

  test("a directory's name stands for what git ignores in it, ** for any depth", async () => {
    plant();
    write(world.repo, "apps/web/.env", "x");
    write(world.repo, ".env", "x");
    await pushToWorkspace(granting(["config/local", "**/.env"]), "work");
    expect(["config/local/dev.yml", "apps/web/.env", ".env"].map(there)).toEqual([true, true, true]);
    expect(there(".env.sandbox")).toBe(false);
  });

  test("tracked files and those that git would show do not travel this way", async () => {
    commit(world.repo, { ".env.tracked": "committed\n" });
    git(world.repo, "branch", "work");
    write(world.repo, ".env.tracked", "edited\n");
    write(world.repo, "notes.txt", "x");
    await pushToWorkspace(granting([".env.tracked", "notes.txt"]), "work");
    expect(read(inGuest(), ".env.tracked")).toBe("committed\n");
    expect(there("notes.txt")).toBe(false);
    expect(said()).toContain("notes.txt: git does not ignore it here");
  });

  test("what another branch tracks is not written over in its workspace", async () => {
    git(world.repo, "switch", "-q", "-c", "work");
    commit(world.repo, { ".env.sandbox": "committed\n" });
    git(world.repo, "switch", "-q", "main");
    plant();
    await pushToWorkspace(granting([".env.sandbox"]), "work");
    expect(read(inGuest(), ".env.sandbox")).toBe("committed\n");
    expect(said()).toContain("tracks it, so it travels by git");
  });

  test("a rule of its branch that would have git show it keeps it out", async () => {
    git(world.repo, "switch", "-q", "-c", "work");
    commit(world.repo, { ".gitignore": "!.env.sandbox\n" });
    git(world.repo, "switch", "-q", "main");
    plant();
    await pushToWorkspace(granting([".env.sandbox", "config/local"]), "work");
    expect(there(".env.sandbox")).toBe(false);
    expect(there("config/local/dev.yml")).toBe(true);
    expect(statusThere()).toBe("");
    expect(said()).toMatch(/\.env\.sandbox: a rule of the repository/);
  });

  test("links, what lies behind them, other repositories and special files are refused by name", async () => {
    plant();
    const outside = join(world.hostHome, "outside");
    mkdirSync(outside);
    write(outside, "secret.yml", "x");
    symlinkSync(join(outside, "secret.yml"), join(world.repo, "config/local/link.yml"));
    symlinkSync(outside, join(world.repo, ".env.d"));
    createRepository(join(world.repo, "config/local/inner"));
    write(world.repo, "config/local/inner/.env", "x");
    await pushToWorkspace(granting(["config/local", ".env.d/secret.yml", "config/local/inner/.env"]), "work");
    expect(there("config/local/dev.yml")).toBe(true);
    expect(["config/local/link.yml", ".env.d", "config/local/inner"].map(there)).toEqual([false, false, false]);
    expect(said()).toContain("config/local/link.yml: it is a link");
    expect(said()).toContain(".env.d/secret.yml: it is a link, or lies behind one");
    expect(said()).toMatch(/config\/local\/inner.*: it lies in another repository/);
  });

  test("over the limit none goes, and the workspace is made all the same", async () => {
    plant();
    write(world.repo, ".env.big", "x".repeat(1024 * 1024));
    await pushToWorkspace(granting([".env*"], { carry_limit: 1 }), "work");
    expect(there(".git")).toBe(true);
    expect([".env.big", ".env.sandbox"].map(there)).toEqual([false, false]);
    expect(said()).toMatch(/have 1 MiB; the limit is 1 MiB, so none was carried[^]*1 MiB: \.env\.big/);
    expect(said()).toContain("agent-vm config set workspace.carry_limit");
  });

  test("from the linked worktree where the command runs", async () => {
    plant();
    const linked = join(world.hostHome, "linked");
    git(world.repo, "worktree", "add", "-q", "-b", "work", linked);
    write(linked, ".env.sandbox", "KEY=linked\n");
    await pushToWorkspace({ ...granting([".env.sandbox"]), cwd: linked }, "work");
    expect(read(inGuest(), ".env.sandbox")).toBe("KEY=linked\n");
  });
});

describe("push --carry", () => {
  const grant = () => granting([".env.sandbox", "config/local"]);
  const carry = (how: "keep" | "replace" = "keep", ctx = grant()) => pushToWorkspace(ctx, "work", "plain", how);
  beforeEach(async () => {
    plant();
    await pushToWorkspace(grant(), "work");
    world.said.length = 0;
  });

  test("brings what the host changed, in one call", async () => {
    write(world.repo, ".env.sandbox", "KEY=two\n");
    write(world.repo, "config/local/new.yml", "b: 1\n");
    const sent: string[] = [];
    const run: Context["run"] = (argv, options) => {
      if (argv.join(" ").includes("agent-vm.carry.")) sent.push("once");
      return world.ctx.run(argv, options);
    };
    await carry("keep", { ...grant(), run });
    expect(sent).toHaveLength(1);
    expect(read(inGuest(), ".env.sandbox")).toBe("KEY=two\n");
    expect(modeOf(".env.sandbox")).toBe(0o600);
    expect(said()).toContain("Carried files in shop-work: 1 new, 1 brought up to date, 2 as they were.");
    expect(statusThere()).toBe("");
  });

  test("never writes over what was changed in the VM", async () => {
    write(inGuest(), ".env.sandbox", "KEY=agent\n");
    write(world.repo, ".env.sandbox", "KEY=two\n");
    write(world.repo, "config/local/dev.yml", "a: 2\n");
    const error = await refused(carry());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.details).toEqual([".env.sandbox: it was changed in the VM"]);
    expect(error.hint).toContain("agent-vm cp work:.env.sandbox .");
    expect(error.hint).toContain("agent-vm push --carry --replace work");
    expect(read(inGuest(), ".env.sandbox")).toBe("KEY=agent\n");
    expect(read(inGuest(), "config/local/dev.yml")).toBe("a: 2\n");

    await carry("replace");
    expect(read(inGuest(), ".env.sandbox")).toBe("KEY=two\n");
    const kept = /lies there as (\.env\.sandbox\.\S+?)\.$/m.exec(said())?.[1] ?? "none";
    expect(read(inGuest(), kept)).toBe("KEY=agent\n");
    expect(statusThere()).toBe("");
  });

  test("also into a workspace with commits of its own, whose branch is refused", async () => {
    commit(inGuest(), { "work.txt": "x" });
    commit(world.repo, { "host.txt": "x" });
    git(world.repo, "branch", "-f", "work");
    write(world.repo, ".env.sandbox", "KEY=two\n");
    expect((await refused(carry())).message).toContain("commits of its own");
    expect(read(inGuest(), ".env.sandbox")).toBe("KEY=two\n");
  });

  test("says what is gone from the host, and leaves it there", async () => {
    rmSync(join(world.repo, ".env.sandbox"));
    await carry("keep", granting([".env.sandbox", "config/local/run.sh"]));
    expect(said()).toContain("no longer on this host; the workspace keeps its copy: .env.sandbox");
    expect(said()).toContain("no longer granted; the workspace keeps its copy: config/local/dev.yml");
    expect(there(".env.sandbox") && there("config/local/dev.yml")).toBe(true);
  });

  test("what was deleted in the VM comes again; without a grant it is a mistake", async () => {
    rmSync(inGuest(".env.sandbox"));
    await carry();
    expect(there(".env.sandbox")).toBe(true);
    expect((await refused(carry("keep", granting([])))).exit).toBe(EXIT.usage);
  });
});
