// Chosen ignored files over real git and a real sshd: which ones travel, how, and what becomes of them.
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { type Settings, settingsSchema } from "../../src/domain/settings.ts";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import type { Save } from "../../src/domain/vault/save.ts";
import { vaultPath } from "../../src/domain/vault/vault.ts";
import { describeWorkspaces } from "../../src/domain/workspace/describe.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createRepository, createWorld, git, read, refused, type World, write } from "./guest.ts";

let world: World;
/** Of the test at hand: a repository of its own, and what its workspace is called. */
let repo: string;
let dir: string;
let ctx: Context;
let count = 0;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.remove());
beforeEach(() => {
  count += 1;
  dir = `shop${count}-work`;
  repo = createRepository(join(world.hostHome, `shop${count}`));
  ctx = { ...world.ctx, cwd: repo };
  commit(repo, { ".gitignore": ".env*\n/config/local/\nnode_modules/\nbuild\n" }, "ignored");
  world.said.length = 0;
});
// Later tests look at all workspaces that are there.
afterEach(() => {
  rmSync(join(world.guestHome, "workspace"), { recursive: true, force: true });
  rmSync(ctx.paths.workspaces, { force: true });
});

const granting = (carry: string[], more: Partial<Settings["workspace"]> = {}): Context => ({
  ...ctx,
  settings: settingsSchema.parse({ workspace: { carry, ...more } }),
});
const inGuest = (...rest: string[]) => world.at(dir, ...rest);
const modeOf = (path: string) => statSync(inGuest(path)).mode & 0o777;
const there = (path: string) => existsSync(inGuest(path));
const said = () => world.said.join("\n");
const statusThere = () => git(inGuest(), "status", "--porcelain");

function plant(): void {
  write(repo, ".env.sandbox", "KEY=one\n");
  write(repo, "config/local/dev.yml", "a: 1\n");
  write(repo, "config/local/run.sh", "#!/bin/sh\n");
  chmodSync(join(repo, ".env.sandbox"), 0o600);
  chmodSync(join(repo, "config/local/run.sh"), 0o755);
}

describe("a new workspace", () => {
  test("gets what is granted, with its modes, and git there sees none of it", async () => {
    plant();
    write(repo, ".env.production", "KEY=real\n");
    await pushToWorkspace(granting([".env.sandbox", "config/local/*"]), "work");
    expect(read(inGuest(), ".env.sandbox")).toBe("KEY=one\n");
    expect(read(inGuest(), "config/local/dev.yml")).toBe("a: 1\n");
    expect([modeOf(".env.sandbox"), modeOf("config/local/run.sh")]).toEqual([0o600, 0o755]);
    expect(there(".env.production")).toBe(false);
    expect(statusThere()).toBe("");
    expect(said()).toMatch(/Into shop\d+-work, as workspace.carry grants: 3 ignored files \(1 KiB\)/);
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
    await pushToWorkspace({ ...ctx, run }, "work");
    expect(calls.filter((line) => /--others|perl/.test(line))).toEqual([]);
    expect(there(".env.sandbox")).toBe(false);
  });

  test("what the host ignores by a rule of its own is ignored there, too", async () => {
    write(repo, "secrets.txt", "x");
    write(repo, "odd [name] #1.txt", "x");
    write(repo, ".git/info/exclude", "secrets.txt\nodd*\n");
    await pushToWorkspace(granting(["secrets.txt", "odd*"]), "work");
    expect(there("secrets.txt") && there("odd [name] #1.txt")).toBe(true);
    expect(statusThere()).toBe("");
  });

  test("a directory's name stands for what git ignores in it, ** for any depth", async () => {
    plant();
    write(repo, "apps/web/.env", "x");
    write(repo, ".env", "x");
    await pushToWorkspace(granting(["config/local", "**/.env"]), "work");
    expect(["config/local/dev.yml", "apps/web/.env", ".env"].map(there)).toEqual([true, true, true]);
    expect(there(".env.sandbox")).toBe(false);
  });

  test("tracked files and those that git would show do not travel this way", async () => {
    commit(repo, { ".env.tracked": "committed\n" });
    git(repo, "branch", "work");
    write(repo, ".env.tracked", "edited\n");
    write(repo, "notes.txt", "x");
    await pushToWorkspace(granting([".env.tracked", "notes.txt"]), "work");
    expect(read(inGuest(), ".env.tracked")).toBe("committed\n");
    expect(there("notes.txt")).toBe(false);
    expect(said()).toContain("notes.txt: git does not ignore it here");
  });

  test("what another branch tracks is not written over in its workspace", async () => {
    git(repo, "switch", "-q", "-c", "work");
    commit(repo, { ".env.sandbox": "committed\n" });
    git(repo, "switch", "-q", "main");
    plant();
    await pushToWorkspace(granting([".env.sandbox"]), "work");
    expect(read(inGuest(), ".env.sandbox")).toBe("committed\n");
    expect(said()).toContain("tracks it, so it travels by git");
  });

  test("a rule of its branch that would have git show it keeps it out", async () => {
    git(repo, "switch", "-q", "-c", "work");
    commit(repo, { ".gitignore": "!.env.sandbox\n" });
    git(repo, "switch", "-q", "main");
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
    symlinkSync(join(outside, "secret.yml"), join(repo, "config/local/link.yml"));
    symlinkSync(outside, join(repo, ".env.d"));
    createRepository(join(repo, "config/local/inner"));
    write(repo, "config/local/inner/.env", "x");
    await pushToWorkspace(granting(["config/local", ".env.d/secret.yml", "config/local/inner/.env"]), "work");
    expect(there("config/local/dev.yml")).toBe(true);
    expect(["config/local/link.yml", ".env.d", "config/local/inner"].map(there)).toEqual([
      false,
      false,
      false,
    ]);
    expect(said()).toContain("config/local/link.yml: it is a link");
    expect(said()).toContain(".env.d/secret.yml: it is a link, or lies behind one");
    expect(said()).toMatch(/config\/local\/inner.*: it lies in another repository/);
  });

  test("over the limit none goes, and the workspace is made all the same", async () => {
    plant();
    write(repo, ".env.big", "x".repeat(1024 * 1024));
    await pushToWorkspace(granting([".env*"], { carry_limit: 1 }), "work");
    expect(there(".git")).toBe(true);
    expect([".env.big", ".env.sandbox"].map(there)).toEqual([false, false]);
    expect(said()).toMatch(/larger than 1 MiB together, so none was carried.*1 MiB: \.env\.big/s);
    expect(said()).toContain("agent-vm config set workspace.carry_limit");
  });

  test("from the linked worktree where the command runs", async () => {
    plant();
    const linked = join(world.hostHome, "linked");
    git(repo, "worktree", "add", "-q", "-b", "work", linked);
    write(linked, ".env.sandbox", "KEY=linked\n");
    await pushToWorkspace({ ...granting([".env.sandbox"]), cwd: linked }, "work");
    expect(read(inGuest(), ".env.sandbox")).toBe("KEY=linked\n");
  });
});

describe("what a project's file asks for", () => {
  const ask = (...carry: string[]) =>
    commit(repo, { ".agent-vm.yaml": JSON.stringify({ workspace: { carry } }) });
  const asked: string[] = [];
  const answering = (answer: boolean): Context => ({
    ...ctx,
    confirm: {
      possible: true,
      ask: async (question) => {
        asked.push(question);
        return answer;
      },
    },
  });
  beforeEach(() => {
    plant();
    asked.length = 0;
    git(repo, "branch", "other");
    ask(".env.sandbox");
  });

  test("is shown and agreed to once for the repository", async () => {
    await pushToWorkspace(answering(false), "work");
    expect(there(".env.sandbox")).toBe(false);
    expect(said()).toMatch(
      /asks for ignored files.*pattern: \.env\.sandbox.*file: \.env\.sandbox \(1 KiB\)/s,
    );
    await pushToWorkspace(answering(true), "work", "plain", { carry: "keep" });
    expect(read(inGuest(), ".env.sandbox")).toBe("KEY=one\n");
    expect(asked).toHaveLength(2);

    write(repo, ".env.sandbox", "KEY=two\n");
    await pushToWorkspace(ctx, "work", "plain", { carry: "keep" });
    expect(read(inGuest(), ".env.sandbox")).toBe("KEY=two\n");
    expect(asked).toHaveLength(2);
  });

  test("stays here off a terminal, and is told", async () => {
    await pushToWorkspace(ctx, "work");
    expect(there(".git") && !there(".env.sandbox")).toBe(true);
    expect(said()).toMatch(/they stay here \(asked for: \.env\.sandbox\).*agent-vm push --carry work/);
  });

  test("is no question when it means nothing here, or the user granted it", async () => {
    ask("config/none");
    await pushToWorkspace(answering(true), "work");
    ask(".env.sandbox");
    await pushToWorkspace({ ...answering(true), settings: granting([".env.sandbox"]).settings }, "other");
    expect(asked).toEqual([]);
  });
});

describe("push --carry", () => {
  const grant = () => granting([".env.sandbox", "config/local"]);
  const carry = (how: "keep" | "replace" = "keep", ctx = grant()) =>
    pushToWorkspace(ctx, "work", "plain", { carry: how });
  beforeEach(async () => {
    plant();
    await pushToWorkspace(grant(), "work");
    world.said.length = 0;
  });

  test("brings what the host changed, in one call", async () => {
    write(repo, ".env.sandbox", "KEY=two\n");
    write(repo, "config/local/new.yml", "b: 1\n");
    const sent: string[] = [];
    const run: Context["run"] = (argv, options) => {
      if (argv.join(" ").includes("agent-vm.carry.")) sent.push("once");
      return world.ctx.run(argv, options);
    };
    await carry("keep", { ...grant(), run });
    expect(sent).toHaveLength(1);
    expect(read(inGuest(), ".env.sandbox")).toBe("KEY=two\n");
    expect(modeOf(".env.sandbox")).toBe(0o600);
    expect(said()).toContain(": 1 new, 1 brought up to date, 2 as they were.");
    expect(statusThere()).toBe("");
  });

  test("never writes over what was changed in the VM", async () => {
    write(inGuest(), ".env.sandbox", "KEY=agent\n");
    write(repo, ".env.sandbox", "KEY=two\n");
    write(repo, "config/local/dev.yml", "a: 2\n");
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
    commit(repo, { "host.txt": "x" });
    git(repo, "branch", "-f", "work");
    write(repo, ".env.sandbox", "KEY=two\n");
    expect((await refused(carry())).message).toContain("commits of its own");
    expect(read(inGuest(), ".env.sandbox")).toBe("KEY=two\n");
  });

  test("says what is gone from the host, and leaves it there", async () => {
    rmSync(join(repo, ".env.sandbox"));
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

describe("clean and status", () => {
  const grant = () => granting([".env.sandbox", "config/local", "node_modules/local.ini"]);
  const clean = () => cleanBranch(ctx, "work", false);
  const kept = (save: Save | undefined, path: string) =>
    git(vaultPath(world.ctx, save?.repoId).gitDir, "show", `refs/saves/${save?.id}/own/tree:${path}`);
  const states = async () => {
    const all = await describeWorkspaces(ctx, await ctx.target());
    const one = all.find((other) => other.dir === dir);
    return {
      ignored: one?.ignored,
      ...Object.fromEntries((one?.carried ?? []).map((x) => [x.path, x.state])),
    };
  };
  beforeEach(async () => {
    plant();
    write(repo, "node_modules/local.ini", "x");
    await pushToWorkspace(grant(), "work");
  });

  test("what the host has, too, or was deleted in the VM, is no unsaved work", async () => {
    write(repo, "config/local/dev.yml", "a: 2\n");
    write(inGuest(), "config/local/dev.yml", "a: 2\n");
    rmSync(inGuest("config/local/run.sh"));
    expect(await states()).toMatchObject({
      ".env.sandbox": "equal",
      "config/local/dev.yml": "equal",
      "config/local/run.sh": "deleted in the VM",
    });
    expect((await clean()).saves).toEqual([]);
    expect(there(".git")).toBe(false);
    // Another workspace of the name is told nothing of this one's.
    await pushToWorkspace(ctx, "work");
    expect(await states()).toEqual({ ignored: 0 });
  });

  test("what was changed in the VM is named and saved, also where files can be made again", async () => {
    write(inGuest(), ".env.sandbox", "KEY=agent\n");
    write(inGuest(), "node_modules/local.ini", "agent\n");
    write(inGuest(), "node_modules/made.js", "made");
    expect(await states()).toMatchObject({
      ".env.sandbox": "changed in the VM",
      "node_modules/local.ini": "changed in the VM",
    });
    const { saves } = await clean();
    expect(said()).toContain("carried, changed in the VM: .env.sandbox");
    expect(said()).not.toContain("config/local/dev.yml: ");
    expect(kept(saves[0], ".env.sandbox")).toBe("KEY=agent");
    expect(kept(saves[0], "node_modules/local.ini")).toBe("agent");
    expect(() => kept(saves[0], "node_modules/made.js")).toThrow();
  });

  test("a directory in which only such files lie is no ignored work, whoever asks", async () => {
    expect(await states()).toMatchObject({ "config/local/dev.yml": "equal", ignored: 0 });
    const { uncommitted, state } = await fetchBranch(ctx, "work");
    expect([uncommitted.ignored, state.ignored]).toEqual([[], 0]);
    write(inGuest(), "config/local/more/own.yml", "agent\n");
    write(inGuest(), "node_modules/made.js", "made");
    expect(await states()).toMatchObject({ ignored: 2 });
    rmSync(inGuest("config/local/more"), { recursive: true });
    rmSync(inGuest("node_modules/made.js"));
    write(inGuest(), "config/local/dev.yml", "agent\n");
    expect(await states()).toMatchObject({ ignored: 1 });
    rmSync(inGuest("config/local/dev.yml"));
    symlinkSync("/etc/hosts", inGuest("config/local/dev.yml"));
    expect(await states()).toMatchObject({ ignored: 1 });
  });

  test("what the host changed since is saved as the VM has it, and nobody is asked more", async () => {
    write(repo, ".env.sandbox", "KEY=two\n");
    expect(await states()).toMatchObject({ ".env.sandbox": "host newer", ignored: 1 });
    const { saves } = await clean();
    expect(said()).toContain("carried, and changed on this host since: .env.sandbox");
    expect(said()).not.toContain("config/local/dev.yml: ");
    expect(kept(saves[0], ".env.sandbox")).toBe("KEY=one");
    expect(read(repo, ".env.sandbox")).toBe("KEY=two\n");
  });

  test("what this host has no more is saved, although it was not changed", async () => {
    rmSync(join(repo, ".env.sandbox"));
    expect(await states()).toMatchObject({ ".env.sandbox": "only in the VM" });
    const { saves } = await clean();
    expect(said()).toContain("carried, and no longer on this host: .env.sandbox");
    expect(kept(saves[0], ".env.sandbox")).toBe("KEY=one");
  });

  test("what gave way is work, wherever it lies", async () => {
    write(inGuest(), "node_modules/local.ini", "agent\n");
    await pushToWorkspace(grant(), "work", "plain", { carry: "replace" });
    const aside = /lies there as (node_modules\/local\.ini\.\S+?)\.$/m.exec(said())?.[1] ?? "none";
    expect(await states()).toMatchObject({ "node_modules/local.ini": "equal", [aside]: "changed in the VM" });
    const { saves } = await clean();
    expect(kept(saves[0], aside)).toBe("agent");
  });

  test("restore brings what was changed back, and the rest along again", async () => {
    write(repo, ".git/info/exclude", "host-only.txt\n");
    write(repo, "host-only.txt", "one");
    chmodSync(join(repo, "host-only.txt"), 0o600);
    const own = granting([".env.sandbox", "host-only.txt"]);
    await pushToWorkspace(own, "work", "plain", { carry: "keep" });
    write(inGuest(), "host-only.txt", "agent");
    const { saves } = await clean();
    expect(there(".git")).toBe(false);
    world.said.length = 0;
    await restore(own, { branch: "work", save: saves[0]?.id });
    expect(read(inGuest(), "host-only.txt")).toBe("agent");
    expect(read(inGuest(), ".env.sandbox")).toBe("KEY=one\n");
    expect([modeOf("host-only.txt"), modeOf(".env.sandbox")]).toEqual([0o600, 0o600]);
    expect(said()).toContain("host-only.txt: it was changed in the VM");
    expect(statusThere()).toBe("");
    expect(await states()).toMatchObject({ ".env.sandbox": "equal" });
  });

  test("fetch tells of those that were changed alone", async () => {
    write(inGuest(), ".env.sandbox", "KEY=agent\n");
    commit(inGuest(), { "work.txt": "x" });
    const fetched = await fetchBranch(ctx, "work");
    expect(fetched.uncommitted.ignored).toContain(".env.sandbox");
    await pushToWorkspace(grant(), "work", "plain", { carry: "replace" });
    rmSync(inGuest(/lies there as (\S+?)\.$/m.exec(said())?.[1] ?? "none"));
    expect((await fetchBranch(ctx, "work")).uncommitted.ignored).not.toContain(".env.sandbox");
  });

  test("a link in the place of a carried file is no carried file", async () => {
    rmSync(inGuest(".env.sandbox"));
    symlinkSync("config/local/dev.yml", inGuest(".env.sandbox"));
    expect(await states()).toMatchObject({ ".env.sandbox": "unknown" });
    expect((await clean()).saves).toHaveLength(1);
  });
});
