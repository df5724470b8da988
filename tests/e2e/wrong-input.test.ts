// Wrong input to the built program: one sentence, one hint, the right exit code, and nothing made or woken.
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHECKOUT } from "./world.ts";

let base: string;
let env: Record<string, string>;

async function inside(directory: string, ...args: string[]) {
  const options = {
    cwd: join(base, directory),
    env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  } as const;
  const { exitCode, stdout, stderr } = await execa(join(CHECKOUT, "agent-vm"), args, options);
  return { code: exitCode, stdout, stderr };
}

const git = (...args: string[]) => execa("git", args, { env, extendEnv: false, cwd: base });

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "avm-wrong-"));
  const system = join(base, "system");
  env = {
    PATH: process.env["PATH"] ?? "",
    HOME: join(base, "home"),
    AGENT_VM_SYSTEM_DIR: system,
    LIMA_HOME: system,
  };
  await execa("mkdir", ["-p", join(base, "home"), join(base, "plain"), join(base, 'it\'s "odd" $(dir)')]);
  for (const name of ["project", "detached"]) {
    await git("init", "-q", "-b", "main", name);
    const author = ["-c", "user.name=a", "-c", "user.email=a@b.invalid"];
    await git("-C", name, ...author, "commit", "-q", "--allow-empty", "-m", "first");
  }
  await git("-C", "detached", "checkout", "-q", "--detach");
  await git("init", "-q", "--bare", "bare");
  await git("init", "-q", "unborn");
});

afterAll(() => rm(base, { recursive: true, force: true }));

describe("wrong input", () => {
  it.each([
    ["outside a repository", "plain", ["connect", "x"], 2, "not in a git repository"],
    ["in a directory with an odd name", 'it\'s "odd" $(dir)', ["push", "x"], 2, "not in a git repository"],
    ["in a bare repository", "bare", ["connect", "x"], 2, "bare repository"],
    ["before the first commit", "unborn", ["connect", "x"], 2, "no commit yet"],
    ["a word too many", "project", ["connect", "x", "y"], 2, "too many arguments"],
    ["an unknown command", "project", ["conect", "x"], 2, "Did you mean connect?"],
    ["an unknown option", "project", ["status", "--jsn"], 2, "Did you mean --json?"],
    ["a branch that git does not accept", "project", ["connect", "a b"], 2, "git does not accept it"],
    ["a branch like an option", "project", ["push", "--", "-x"], 2, "missing required argument"],
    ["nothing after the dashes", "project", ["connect", "x", "--"], 2, 'Nothing follows "--"'],
    ["too much memory", "project", ["start", "--memory", "129"], 2, "from 1 to 128"],
    ["no CPU", "project", ["start", "--vcpu", "0"], 2, "from 1 to 64"],
    ["a size with a unit", "project", ["start", "--disk", "20G"], 2, "from 10 to 4096"],
    ["an unknown acceleration", "project", ["start", "--accel", "fast"], 2, "auto, kvm, tcg"],
    ["a VM name that is none", "project", ["--vm", "My VM", "status"], 2, "cannot be a VM's name"],
    [
      "a repository that is not there",
      "project",
      ["--repo", "/nowhere", "push", "x"],
      2,
      "There is no directory",
    ],
    ["a workspace that is not there", "project", ["fetch", "main"], 1, "There is no workspace"],
    ["a workspace to clean that is not there", "project", ["clean", "main"], 1, "There is no workspace"],
    ["a mount without a VM", "project", ["mount"], 3, "There is no VM"],
    ["no consent and no terminal", "project", ["start", "--image", "/nowhere.qcow2"], 3, ""],
  ])("%s", async (_name, directory, args, code, words) => {
    const answer = await inside(directory, ...args);
    expect(answer.code, answer.stderr).toBe(code);
    expect(answer.stderr).toContain(words);
    expect(answer.stderr).not.toContain("bug");
    expect(answer.stderr).not.toMatch(/^\s+at /m);
    expect(answer.stderr.split("\n").length).toBeLessThan(30);
  });

  it("says 125 when the command in the workspace could not be started", async () => {
    expect((await inside("plain", "connect", "x", "--", "true")).code).toBe(2);
    expect(
      (await inside("project", "--no-input", "connect", "x", "--image", "/nowhere", "--", "true")).code,
    ).toBe(125);
  });

  it("answers a setting that cannot be with the file, the key and exit code 2", async () => {
    await execa("mkdir", ["-p", join(base, "home/.config/agent-vm")]);
    const file = join(base, "home/.config/agent-vm/config.yaml");
    await writeFile(file, "memory: lots\naccle: kvm\n");
    const answer = await inside("project", "status");
    await rm(file);
    expect(answer.code).toBe(2);
    expect(answer.stderr).toContain("memory");
    expect(answer.stderr).toContain("accle");
    expect(answer.stderr).toContain(file);
  });
});

describe("what needs no VM", () => {
  it("tells the state of one that is not there", async () => {
    const answer = await inside("detached", "status", "--json");
    expect(answer.code, answer.stderr).toBe(0);
    expect(JSON.parse(answer.stdout)).toMatchObject({
      schema: 1,
      vm: "agent-vm",
      state: "missing",
      workspaces: [],
    });
  });

  it.each([["stop"], ["destroy"], ["clean-all"], ["unmount"]])("%s has nothing to do", async (verb) => {
    const answer = await inside("project", verb);
    expect(answer.code, answer.stderr).toBe(0);
  });

  it("gives help for every command", async () => {
    const { stdout } = await inside("plain", "--help");
    // A command's line begins after two blanks; a continued description is indented further.
    const verbs = [...stdout.matchAll(/^ {2}([a-z][a-z-]+)(?: \[| <| {2,}\S)/gm)].map(
      (match) => match[1] ?? "",
    );
    expect(verbs).toContain("connect");
    for (const verb of verbs.filter((one) => one !== "help")) {
      const help = await inside("plain", verb, "--help");
      expect(help.code, verb).toBe(0);
      expect(help.stdout).toContain("Usage: agent-vm");
    }
  });

  it("leaves no trace in the home directory", async () => {
    await expect(access(join(base, "home/.agent-vm-mounts"))).rejects.toThrow();
    await expect(access(join(base, "home/.lima"))).rejects.toThrow();
  });
});
