// What a repository's .agent-vm.yaml does in a new workspace: once, as the agent, seen and logged, tried again when it failed.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { setUpWorkspace } from "../../src/domain/project-file/set-up.ts";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { commit, createWorld, git, read, refused, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

const DIR = "shop-main";
const project = (lines: Record<string, unknown>) =>
  commit(world.repo, { ".agent-vm.yaml": JSON.stringify(lines) });

/** What `connect` does before the shell. */
async function enter(again = false) {
  const place = await prepareWorkspace(world.ctx, "main");
  if (place.setupDue || again) await setUpWorkspace(world.ctx, place, again);
  return place;
}
const log = () => readFileSync(join(world.ctx.paths.logs, `setup-${DIR}.log`), "utf8");
const runs = () => read(world.guestHome, "runs").trim().split("\n").length;

/** A program in the guest's own directory of programs, which records its arguments. */
function guestProgram(name: string, body = ""): () => string[] {
  const trace = join(world.guestHome, `${name}.calls`);
  const at = join(world.guestHome, "bin", name);
  mkdirSync(join(world.guestHome, "bin"), { recursive: true });
  writeFileSync(at, `#!/bin/sh\necho "$PWD: $*" >>'${trace}'\n${body}\n`);
  chmodSync(at, 0o755);
  return () => (existsSync(trace) ? readFileSync(trace, "utf8").trim().split("\n") : []);
}

describe("a setup", () => {
  test("runs once, in the workspace, with its output shown and logged", async () => {
    project({ setup: 'echo run >>"$HOME/runs"\npwd\necho "in $AGENT_VM_WORKSPACE"\n' });
    expect((await enter()).setupDue).toBe(true);
    expect(world.said).toContain(`  ${world.at(DIR)}`);
    expect(world.said).toContain(`  in ${DIR}`);
    expect(log()).toContain(world.at(DIR));
    expect((await enter()).setupDue).toBe(false);
    expect(runs()).toBe(1);
    await enter(true);
    expect(runs()).toBe(2);
  });

  test("is a script of the repository when it is one line that names a file", async () => {
    commit(world.repo, { "scripts/set up.sh": 'echo "$0 ran" >>"$HOME/runs"\n' });
    project({ setup: "scripts/set up.sh" });
    await enter();
    expect(read(world.guestHome, "runs")).toBe("./scripts/set up.sh ran\n");
  });

  test("stops at the first command that fails; the workspace stays and the next time begins anew", async () => {
    project({ setup: 'echo run >>"$HOME/runs"\n[ -e "$HOME/ready" ]\ntouch never\n' });
    const error = await refused(enter());
    expect(error.message).toMatch("the setup of .agent-vm.yaml failed");
    expect(error.hint).toContain("--no-setup");
    expect(existsSync(world.at(DIR, "README.md"))).toBe(true);
    expect(existsSync(world.at(DIR, "never"))).toBe(false);
    await refused(enter());
    write(world.guestHome, "ready", "");
    await enter();
    expect((await enter()).setupDue).toBe(false);
    expect(runs()).toBe(3);
  });

  test("is not work: nothing of it is seen by a push or a fetch", async () => {
    project({ setup: "true\n" });
    await pushToWorkspace(world.ctx, "main");
    expect(git(world.at(DIR), "status", "--porcelain", "--ignored")).toBe("");
    commit(world.at(DIR), { "a.txt": "a\n" });
    await fetchBranch(world.ctx, "main", {});
    expect(read(world.repo, "a.txt")).toBe("a\n");
    expect((await enter()).setupDue).toBe(true);
  });

  test("is the one of the commit, not of the checkout", async () => {
    project({ setup: 'echo run >>"$HOME/runs"\n' });
    write(world.repo, ".agent-vm.yaml", "setup: touch other\n");
    await enter();
    expect(runs()).toBe(1);
    expect(existsSync(world.at(DIR, "other"))).toBe(false);
  });

  test("reads nothing from us, and what it leaves running does not hinder the next one", async () => {
    project({ setup: 'cat\necho run >>"$HOME/runs"\nsleep 30 >/dev/null 2>&1 &\necho $! >"$HOME/pid"\n' });
    await enter();
    await enter(true);
    expect(runs()).toBe(2);
    process.kill(Number(read(world.guestHome, "pid")));
  });

  test("takes any text as a script and none as a part of ours", async () => {
    const text = `printf '%s' "it's \\"quoted\\" $HOME; \`id\`" >"$HOME/out"\n# ${"'".repeat(60_000)}\n`;
    project({ setup: text });
    await enter();
    expect(read(world.guestHome, "out")).toMatch(/^it's "quoted" .*; uid=/);
  });
});

describe("packages", () => {
  test("are installed by name, as the agent, before the setup", async () => {
    const calls = [guestProgram("npm"), guestProgram("pipx")] as const;
    appendPath();
    project({ packages: { npm: ["pnpm@10"], python: ["ruff"] }, setup: 'cp "$HOME/npm.calls" seen\n' });
    await enter();
    expect(calls[0]()).toEqual([
      `${world.at(DIR)}: install --global --prefix ${world.guestHome}/.local --no-audit --no-fund -- pnpm@10`,
    ]);
    expect(calls[1]()).toEqual([`${world.at(DIR)}: install ruff`]);
    expect(existsSync(world.at(DIR, "seen"))).toBe(true);
  });

  test("that cannot be had end the setup with their kind, and it is tried again", async () => {
    guestProgram("npm", "exit 1");
    appendPath();
    project({ packages: { npm: ["pnpm"] }, setup: "touch never\n" });
    expect((await refused(enter())).message).toMatch("npm packages could not be installed");
    expect(existsSync(world.at(DIR, "never"))).toBe(false);
    expect((await prepareWorkspace(world.ctx, "main")).setupDue).toBe(true);
  });
});

describe("pre-commit", () => {
  const CONFIG = { ".pre-commit-config.yaml": "repos: []\n" };

  test("puts its hooks there when the commit has its configuration", async () => {
    const calls = guestProgram("pre-commit", "touch .git/hooks/pre-commit");
    appendPath();
    commit(world.repo, CONFIG);
    await enter();
    expect(calls()).toEqual([`${world.at(DIR)}: install`]);
    expect(git(world.at(DIR), "status", "--porcelain", "--ignored")).toBe("");
    await enter();
    expect(calls()).toHaveLength(1);
  });

  test("that is missing or refuses is said and hinders nothing", async () => {
    guestProgram("pre-commit", "echo cowardly; exit 1");
    appendPath();
    commit(world.repo, CONFIG);
    await enter();
    expect(world.said.join("\n")).toContain("The hooks of pre-commit are not installed.");
    expect((await enter()).setupDue).toBe(false);
  });
});

test("a workspace of a commit that asks for nothing needs nothing more than before", async () => {
  expect(await enter()).toMatchObject({ created: true, setupDue: false });
  expect(existsSync(world.at(DIR, ".git/agent-vm.setup"))).toBe(false);
});

test("a file that cannot be used is named, and leaves the workspace to be entered without", async () => {
  project({ mounts: ["/"] });
  const error = await refused(enter());
  expect(error.message).toMatch(".agent-vm.yaml cannot be used");
  expect(existsSync(world.at(DIR, "README.md"))).toBe(true);
});

/** The guest's shells find the programs above first. */
function appendPath(): void {
  writeFileSync(join(world.guestHome, ".bashrc"), 'PATH="$HOME/bin:$PATH"\n');
}
