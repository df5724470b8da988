// `completion install` and `remove`: where each shell looks, with a word on what is left to do, and nothing of the user's touched.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EXIT } from "../../src/errors.ts";
import { type BuiltProgram, buildProgram } from "./program.ts";

let program: BuiltProgram;
let home: string;
beforeAll(() => {
  program = buildProgram();
});
afterAll(() => program.remove());
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "completion of 'mine' "));
});
afterEach(() => rmSync(home, { recursive: true }));

function completion(args: readonly string[], env: Record<string, string> = {}) {
  const [node = "", file = ""] = program.self;
  const whole = {
    HOME: home,
    PATH: process.env["PATH"] ?? "",
    AGENT_VM_PROGRAM_DIR: process.cwd(),
    ...env,
  };
  return spawnSync(node, [file, "completion", ...args], { env: whole, encoding: "utf8" });
}

const PLACES = {
  bash: ".local/share/bash-completion/completions/agent-vm",
  zsh: ".local/share/zsh/site-functions/_agent-vm",
  fish: ".config/fish/completions/agent-vm.fish",
};

describe.each(Object.entries(PLACES))("for %s", (shell, path) => {
  test("it is put in its place, and taken away", () => {
    const done = completion(["install"], { SHELL: `/usr/bin/${shell}` });
    expect(done.status).toBe(0);
    expect(done.stdout).toBe(`${join(home, path)}\n`);
    const text = readFileSync(join(home, path), "utf8");
    expect(text).toBe(completion([shell]).stdout);
    expect(completion(["install", "--shell", shell]).status).toBe(0);
    expect(completion(["remove"]).stdout).toBe(`${join(home, path)}\n`);
    expect(existsSync(join(home, path))).toBe(false);
    expect(completion(["remove"]).status).toBe(0);
  });

  test("a dry run writes nothing", () => {
    expect(completion(["install", "--dry-run", "--shell", shell]).stdout).toBe(`${join(home, path)}\n`);
    expect(existsSync(dirname(join(home, path)))).toBe(false);
  });

  test("a file that is the user's stays", () => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), "# mine\n");
    for (const verb of ["install", "remove"])
      expect(completion([verb, "--shell", shell]).status).toBe(EXIT.refused);
    expect(readFileSync(join(home, path), "utf8")).toBe("# mine\n");
  });
});

test("the directories of XDG count", () => {
  const env = { XDG_DATA_HOME: join(home, "d"), XDG_CONFIG_HOME: join(home, "c") };
  expect(completion(["install", "--shell", "zsh"], env).stdout).toContain(join(home, "d/zsh/"));
  expect(completion(["install", "--shell", "fish"], env).stdout).toContain(join(home, "c/fish/"));
});

test("the line that zsh needs is told, works as it is told, and is not told again", () => {
  const rc = join(home, ".zshrc");
  writeFileSync(rc, "# mine\n");
  const { stderr } = completion(["install", "--shell", "zsh"]);
  const lines = stderr.split("\n").filter((line) => line.startsWith("  "));
  expect(lines).toHaveLength(2);
  expect(readFileSync(rc, "utf8")).toBe("# mine\n");
  writeFileSync(
    rc,
    lines
      .map((line) => line.trim())
      .join("\n")
      .replace(" && compinit", ""),
  );
  const asked = ["-ic", "compinit -u; print -r -- $_comps[agent-vm]"];
  const env = { HOME: home, PATH: process.env["PATH"] ?? "", TERM: "dumb" };
  expect(execFileSync("zsh", asked, { env, encoding: "utf8" }).trim()).toBe("_agent-vm");
  expect(completion(["install", "--shell", "zsh"]).stderr).not.toContain("fpath");
});

test("a shell that nobody knows is wrong usage", () => {
  const { status, stderr } = completion(["install"], { SHELL: "/bin/tcsh" });
  expect(status).toBe(EXIT.usage);
  expect(stderr).toContain("--shell bash|zsh|fish");
});
